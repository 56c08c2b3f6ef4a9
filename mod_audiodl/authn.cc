// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/authn.h"

#include <apr_strings.h>

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <optional>
#include <string>

#include "common/session/session_cookie.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/dbd_store.h"
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

// The stored session; nothing where the request names none, or none that exists.
Result<std::optional<std::string>> FindSession(request_rec* r, const ServerConfig& config) {
  const char* cookies = apr_table_get(r->headers_in, "Cookie");
  if (cookies == nullptr) return std::optional<std::string>();
  const std::optional<std::string> id = FindSessionId(cookies, config.SessionCookie());
  if (!id) return std::optional<std::string>();
  return config.dbd->SelectValue(
      r, *config.session_query,
      {{"session", *id}, {"now", std::to_string(apr_time_sec(r->request_time))}});
}

// For the log; without the id itself.
std::string WhyNoSession(request_rec* r, const ServerConfig& config) {
  const char* cookies = apr_table_get(r->headers_in, "Cookie");
  const bool has_id = cookies != nullptr && FindSessionId(cookies, config.SessionCookie());
  const std::string cookie = std::string("the cookie ") + config.SessionCookie();
  return has_id ? cookie + " names a session that is not there (any more)"
                : cookie + " is missing, or is no session's";
}

int Accept(request_rec* r, const std::string& customer) {
  r->user = apr_pstrmemdup(r->pool, customer.data(), customer.size());
  r->ap_auth_type = const_cast<char*>(kAuthType);
  StateOf(r).customer = r->user;
  apr_table_setn(r->notes, "audiodl-customer", r->user);
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
  const Result<std::optional<std::string>> session = FindSession(r, config);
  if (!session.ok()) {
    return Answer(r, Cause::kDatabaseDown, "the session: " + session.status().text());
  }
  if (!session->has_value()) return AnswerStranger(r, Cause::kNoSession, WhyNoSession(r, config));

  const Result<std::string> customer = config.session_reader->Read(**session);
  if (customer.ok()) return Accept(r, *customer);
  // A session without a customer is a visitor who has not logged in; any other fault is worth a
  // look.
  const Cause cause =
      customer.status().code() == Code::kNotFound ? Cause::kNoSession : Cause::kSessionUnreadable;
  return AnswerStranger(r, cause, customer.status().text());
}

int MakeSessionReaders(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.customer_key) continue;
    config.session_reader.emplace(config.session_format.value_or(SessionFormat::kPhp),
                                  *config.customer_key);
  }
  return OK;
}

}  // namespace

bool UsesAudioSession(request_rec* r) {
  const char* type = ap_auth_type(r);
  return type != nullptr && ap_cstr_casecmp(type, kAuthType) == 0;
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
