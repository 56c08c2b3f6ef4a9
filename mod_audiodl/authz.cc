// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/authz.h"

#include <ap_provider.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include <optional>
#include <string>

#include "common/cache/chunk_name.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authn.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr char kParserFailed[] = "internal error: see the lines above";

bool IsYes(const std::optional<std::string>& answer) {
  return answer && !answer->empty() && *answer != "0";
}

authz_status AskDatabase(request_rec* r, const char* customer, const ChunkName& name) {
  const AuthTimer timer(r);
  const ServerConfig& config = ServerConfigOf(r->server);
  const Result<std::optional<std::string>> answer =
      config.dbd->SelectValue(r, *config.entitlement_query,
                              {{"customer", customer},
                               {"book", name.book},
                               {"chunk", name.chunk},
                               {"now", std::to_string(apr_time_sec(r->request_time))}});
  if (!answer.ok()) {
    NoteRefusal(r, Cause::kDatabaseDown, "the entitlement: " + answer.status().text());
    return AUTHZ_GENERAL_ERROR;
  }
  if (!IsYes(*answer)) {
    NoteRefusal(r, Cause::kNotEntitled, answer->has_value() ? "the answer is no" : "no row");
    return AUTHZ_DENIED;
  }
  StateOf(r).entitled = true;
  return AUTHZ_GRANTED;
}

authz_status CheckEntitled(request_rec* r, const char*, const void*) {
  const char* customer = AuthenticatedCustomer(r);
  if (customer == nullptr) {
    // httpd asks once before authentication, when another module may already have set r->user.
    return r->user == nullptr || UsesAudioSession(r) ? AUTHZ_DENIED_NO_USER : AUTHZ_DENIED;
  }
  const Result<ChunkName> name = ChunkNameOf(r);
  if (!name.ok()) {
    // The same answer as for a book that is not theirs: a refusal tells nothing about what exists.
    const bool no_prefix = name.status().code() == Code::kNotFound;
    NoteRefusal(r, no_prefix ? Cause::kConfig : Cause::kNotEntitled, name.status().text());
    return AUTHZ_DENIED;
  }
  return AskDatabase(r, customer, *name);
}

const char* ParseRequireLine(cmd_parms*, const char* line, const void**) {
  return *line == '\0'
             ? nullptr
             : "Require audio-entitled takes no words after it: the customer comes from the "
               "session and the book from the URL";
}

// What our own provider and mod_authz_core decided, as a client should see it. mod_authz_core tells
// a customer who is logged in but not entitled to log in (401), and reports a provider that could
// not decide as a fault of the server (500).
int Translate(request_rec* r, int status) {
  const RequestState& state = StateOf(r);
  if (status == OK && state.entitled) MarkPrivate(r);
  if (status == OK || AuthenticatedCustomer(r) == nullptr) return status;
  if (state.refusal != nullptr) return Answer(r, state.refusal->cause, state.refusal->detail);
  if (status != HTTP_UNAUTHORIZED && status != HTTP_FORBIDDEN) return status;
  if (BroughtBadLink(r)) return AnswerBadLink(r);
  return Answer(r, Cause::kOtherRule, "another Require line did not let the customer through");
}

// First among the authorization hooks: runs them all, itself excepted, and translates the outcome.
int Authorize(request_rec* r) {
  RequestState& state = StateOf(r);
  if (state.deciding || !UsesAudioSession(r)) return DECLINED;
  state.deciding = true;
  const int status = ap_run_auth_checker(r);
  state.deciding = false;
  return Translate(r, status);
}

}  // namespace

void MarkPrivate(request_rec* r) {
  // err_headers_out, because httpd drops the other table when the handler answers 404 or 416.
  apr_table_setn(r->err_headers_out, "Cache-Control", "private");
}

void RegisterAuthz(apr_pool_t* pool) {
  // An exception must not count as "denied": RequireNone would turn that into consent.
  static const authz_provider kProvider = {Guarded<CheckEntitled, AUTHZ_GENERAL_ERROR>,
                                           Guarded<ParseRequireLine, kParserFailed>};
  ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "audio-entitled", AUTHZ_PROVIDER_VERSION,
                            &kProvider, AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_authz(Guarded<Authorize, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_REALLY_FIRST, AP_AUTH_INTERNAL_PER_CONF);
}

}  // namespace audiodl
