// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/authn.h"

#include <apr_strings.h>

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <optional>
#include <string>

#include "mod_audiodl/answer.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/decision.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// RFC 9110, section 11.6.1: a 401 carries a challenge.
int NoteAuthFailure(request_rec* r, const char* auth_type) {
  if (ap_cstr_casecmp(auth_type, kAuthType) != 0) return DECLINED;
  const char* realm = ap_auth_name(r);
  apr_table_setn(r->err_headers_out, "WWW-Authenticate",
                 apr_pstrcat(r->pool, kAuthType, " realm=\"", realm != nullptr ? realm : "download",
                             "\"", nullptr));
  return OK;
}

// Whether the customer has the right is told later, by Require audio-entitled; here only who it is.
int AcceptDecided(request_rec* r, const ChunkName& chunk) {
  const Decision& decision = DecisionFor(r, chunk);
  if (decision.customer != nullptr) {
    AcceptCustomer(r, decision.customer);
    return OK;
  }
  if (decision.outcome == Decision::Outcome::kTrouble) return AnswerNoted(r, Cause::kDatabaseDown);
  return AnswerStranger(r);
}

int AcceptSession(request_rec* r) {
  const Result<std::optional<std::string>> customer = FindCustomer(r);
  if (!customer.ok()) return AnswerNoted(r, Cause::kDatabaseDown);
  if (!customer->has_value()) return AnswerStranger(r);
  AcceptCustomer(r, apr_pstrdup(r->pool, (*customer)->c_str()));
  return OK;
}

int Authenticate(request_rec* r) {
  if (!UsesAudioSession(r)) return DECLINED;
  const AuthTimer timer(r);
  const ServerConfig& config = ServerConfigOf(r->server);
  if (!config.CanAuthorize() || config.dbd == nullptr) {
    return Answer(r, Cause::kConfig,
                  "AuthType AudioSession needs AudioSessionQuery, AudioCustomerKey, "
                  "AudioEntitlementQuery and mod_dbd in this virtual host");
  }
  const RequestState& state = StateOf(r);
  const ChunkName* chunk = state.asks_for_right ? FindChunk(r) : nullptr;
  const bool decide = chunk != nullptr && !chunk->IsLibrary();
  return decide ? AcceptDecided(r, *chunk) : AcceptSession(r);
}

int MakeSessionReaders(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.CanFindCustomer()) continue;
    config.session_reader.emplace(config.session_format.value_or(SessionFormat()),
                                  config.customer_key.value_or(""));
  }
  return OK;
}

}  // namespace

bool UsesAudioSession(request_rec* r) {
  const char* type = ap_auth_type(r);
  return type != nullptr && ap_cstr_casecmp(type, kAuthType) == 0;
}

void AcceptCustomer(request_rec* r, const char* customer) {
  r->user = const_cast<char*>(customer);
  r->ap_auth_type = const_cast<char*>(kAuthType);
  StateOf(r).customer = customer;
  apr_table_setn(r->notes, "audiodl-customer", customer);
}

const char* AuthenticatedCustomer(request_rec* r) {
  const RequestState& state = StateOf(r);
  return state.customer != nullptr && r->user == state.customer ? r->user : nullptr;
}

void RegisterAuthn(apr_pool_t*) {
  ap_hook_post_config(Guarded<MakeSessionReaders, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_FIRST);
  ap_hook_note_auth_failure(Guarded<NoteAuthFailure, DECLINED>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_check_authn(Guarded<Authenticate, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_MIDDLE, AP_AUTH_INTERNAL_PER_CONF);
}

}  // namespace audiodl
