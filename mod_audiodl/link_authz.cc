// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/link_authz.h"

#include <ap_provider.h>
#include <apr_strings.h>

#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include <chrono>
#include <utility>

#include "common/link/signed_link.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authz.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/decision.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr char kParserFailed[] = "internal error: see the lines above";

LinkFinding Refused(Cause cause, std::string detail, std::string customer = "") {
  LinkFinding finding;
  finding.absent = false;
  finding.cause = cause;
  finding.detail = std::move(detail);
  finding.customer = std::move(customer);
  return finding;
}

LinkFinding Good(const LinkCheck& check) {
  LinkFinding finding;
  finding.good = true;
  finding.absent = false;
  finding.detail.clear();
  finding.customer = check.customer;
  finding.device = check.device;
  finding.expires = check.expires;
  finding.key = check.key;
  return finding;
}

// Of a device's link, whose book must still be its customer's.
LinkFinding IfOwned(request_rec* r, const LinkCheck& check, const ChunkName& chunk) {
  const ServerConfig& config = ServerConfigOf(r->server);
  if (!config.entitlement_query || config.dbd == nullptr) return Good(check);
  if (DecideFor(r, check.customer, chunk).outcome == Decision::Outcome::kAllowed) {
    return Good(check);
  }
  const Refusal* refusal = StateOf(r).refusal;
  return refusal != nullptr ? Refused(refusal->cause, refusal->detail, check.customer)
                            : Refused(Cause::kNotEntitled, "the database says no", check.customer);
}

Revoked IsLinkRevoked(request_rec* r, const LinkCheck& check, const ChunkName& chunk) {
  const Revoked revoked = IsRevoked(r, check.customer, chunk.book);
  if (revoked != Revoked::kNo || check.device.empty()) return revoked;
  return IsDeviceRevoked(r, check.customer, check.device);
}

// A revocation counts for more than any link.
LinkFinding UnlessRevoked(request_rec* r, const LinkCheck& check, const ChunkName& chunk) {
  switch (IsLinkRevoked(r, check, chunk)) {
    case Revoked::kYes:
      return Refused(Cause::kRevoked, "the link is good, but it was revoked", check.customer);
    case Revoked::kUnknown:
      return Refused(Cause::kDatabaseDown, "what is revoked could not be read yet", check.customer);
    case Revoked::kNo:
      break;
  }
  // What a library consists of is asked for when it is shown.
  return check.device.empty() || chunk.IsLibrary() ? Good(check) : IfOwned(r, check, chunk);
}

LinkFinding Judge(request_rec* r) {
  if (r->args == nullptr) return {};
  const ServerConfig& config = ServerConfigOf(r->server);
  if (!config.link_key_set) {
    return Refused(Cause::kLinkInvalid, "there is no AudioLinkKeys in this virtual host");
  }
  const ChunkName* chunk = FindChunk(r);
  if (chunk == nullptr) return Refused(Cause::kLinkInvalid, "the address names no chunk");
  if (chunk->IsLibrary() && !config.books_query) {
    return Refused(Cause::kLinkInvalid, "there is no AudioBooksQuery in this virtual host");
  }
  const LinkCheck check =
      CheckLink(r->args, chunk->book, *config.link_key_set,
                std::chrono::sys_seconds(std::chrono::seconds(apr_time_sec(r->request_time))));
  switch (check.verdict) {
    case LinkVerdict::kAbsent:
      break;
    case LinkVerdict::kGood:
      return UnlessRevoked(r, check, *chunk);
    case LinkVerdict::kExpired:
      return Refused(Cause::kLinkExpired, check.why, check.customer);
    case LinkVerdict::kInvalid:
      return Refused(Cause::kLinkInvalid, check.why);
  }
  return {};
}

// Once for each request, however often httpd asks.
const LinkFinding& LinkOf(request_rec* r) {
  RequestState& state = StateOf(r);
  if (state.link == nullptr) {
    const AuthTimer timer(r);
    state.link = NewInPool<LinkFinding>(r->pool, Judge(r));
  }
  return *state.link;
}

authz_status CheckAudioLink(request_rec* r, const char*, const void*) {
  return LinkOf(r).good ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

const char* ParseRequireLine(cmd_parms*, const char* line, const void**) {
  return *line == '\0' ? nullptr
                       : "Require audio-link takes no words after it: customer and book come from "
                         "the link, the keys from AudioLinkKeys";
}

void Accept(request_rec* r) {
  RequestState& state = StateOf(r);
  r->user = apr_pstrmemdup(r->pool, state.link->customer.data(), state.link->customer.size());
  state.customer = r->user;
  apr_table_setn(r->notes, "audiodl-customer", r->user);
  const std::string& device = state.link->device;
  if (!device.empty()) {
    apr_table_setn(r->notes, "audiodl-device",
                   apr_pstrmemdup(r->pool, device.data(), device.size()));
  }
  state.let_in_by_link = true;
  MarkPrivate(r);
}

// First among the hooks that may let a request through without a user: runs them all, itself
// excepted. The user is set only when all is decided, so that no other provider takes a link for a
// login.
int Admit(request_rec* r) {
  RequestState& state = StateOf(r);
  if (state.deciding || !ServerConfigOf(r->server).link_keys) return DECLINED;
  state.deciding = true;
  const int status = ap_run_access_checker_ex(r);
  state.deciding = false;
  if (status == OK && state.link != nullptr && state.link->good && r->user == nullptr) Accept(r);
  // Without a link and without a way to log in; or with one that is not good.
  if (status == HTTP_FORBIDDEN && state.link != nullptr && !state.link->good) {
    return AnswerBadLink(r);
  }
  return status;
}

int LoadKeys(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.link_keys || config.link_key_set) continue;
    Result<LinkKeySet> keys = LinkKeySet::Read(*config.link_keys);
    if (!keys.ok()) {
      ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server, "audiodl: AudioLinkKeys: %s",
                   keys.status().text().c_str());
      return HTTP_INTERNAL_SERVER_ERROR;
    }
    config.link_key_set = std::move(keys).value();
  }
  return OK;
}

}  // namespace

const LinkFinding* AdmittingLink(request_rec* r) {
  const RequestState& state = StateOf(r);
  return state.let_in_by_link ? state.link : nullptr;
}

bool BroughtBadLink(request_rec* r) {
  const LinkFinding* link = StateOf(r).link;
  return link != nullptr && !link->good && !link->absent;
}

int AnswerBadLink(request_rec* r) {
  const LinkFinding& link = LinkOf(r);
  return Answer(r, link.cause, link.detail);
}

int AnswerStranger(request_rec* r) {
  return BroughtBadLink(r) ? AnswerBadLink(r) : AnswerNoted(r, Cause::kNoSession);
}

void RegisterLinkAuthz(apr_pool_t* pool) {
  // An exception must not count as "denied": RequireNone would turn that into consent.
  static const authz_provider kProvider = {Guarded<CheckAudioLink, AUTHZ_GENERAL_ERROR>,
                                           Guarded<ParseRequireLine, kParserFailed>};
  ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "audio-link", AUTHZ_PROVIDER_VERSION,
                            &kProvider, AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_access_ex(Guarded<Admit, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                          APR_HOOK_REALLY_FIRST, AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_post_config(Guarded<LoadKeys, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_FIRST);
}

}  // namespace audiodl
