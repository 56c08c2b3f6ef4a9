// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/authz.h"

#include <ap_provider.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include <cstring>

#include "common/cache/chunk_name.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authn.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/decision.h"
#include "mod_audiodl/free_titles_files.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr char kParserFailed[] = "internal error: see the lines above";

authz_status AsAuthz(request_rec* r, const Decision& decision) {
  RequestState& state = StateOf(r);
  switch (decision.outcome) {
    case Decision::Outcome::kAllowed:
      state.entitled = true;
      return AUTHZ_GRANTED;
    case Decision::Outcome::kTrouble:
      return AUTHZ_GENERAL_ERROR;
    case Decision::Outcome::kRefused:
    case Decision::Outcome::kNoSession:
      break;
  }
  return AUTHZ_DENIED;
}

// The next range of a player on the same connection: what was found out for the last one holds, and
// who it is with it, so that httpd need not go on to authentication and ask again.
bool IsKnownOnConnection(request_rec* r, const ChunkName* chunk) {
  // A page may make links, for which a session must be seen; and of a zip every part may have to be
  // asked for.
  if (chunk == nullptr || !chunk->IsChunk()) return false;
  if (r->user != nullptr || !UsesAudioSession(r)) return false;
  const char* customer = RecallCustomer(r, *chunk);
  if (customer == nullptr) return false;
  AcceptCustomer(r, customer);
  StateOf(r).entitled = true;
  MarkPrivate(r);
  apr_table_setn(r->notes, "audiodl-auth-ms", "0");
  return true;
}

// What is in it is asked for when it is shown.
authz_status CheckLibrary(request_rec* r, const char* customer) {
  if (!ServerConfigOf(r->server).books_query) return AUTHZ_DENIED;
  switch (IsRevoked(r, customer, "")) {
    case Revoked::kYes:
      NoteRefusal(r, Cause::kRevoked, "it was revoked");
      return AUTHZ_DENIED;
    case Revoked::kUnknown:
      NoteRefusal(r, Cause::kDatabaseDown, "what is revoked could not be read yet");
      return AUTHZ_GENERAL_ERROR;
    case Revoked::kNo:
      break;
  }
  StateOf(r).entitled = true;
  return AUTHZ_GRANTED;
}

// httpd asks twice: before authentication, and where that was no consent yet once more after it.
authz_status CheckEntitled(request_rec* r, const char*, const void*) {
  StateOf(r).asks_for_right = true;
  const ChunkName* chunk = FindChunk(r);
  if (chunk != nullptr && IsFreeNow(r, chunk->book)) {
    CountDecision(r, DecisionSource::kFree);
    return AUTHZ_GRANTED;
  }
  if (IsKnownOnConnection(r, chunk)) return AUTHZ_GRANTED;
  const char* customer = AuthenticatedCustomer(r);
  if (customer == nullptr) {
    // Before authentication, when another module may already have set r->user.
    return r->user == nullptr || UsesAudioSession(r) ? AUTHZ_DENIED_NO_USER : AUTHZ_DENIED;
  }
  // The same answer as for a book that is not theirs: a refusal tells nothing about what exists.
  if (chunk == nullptr) return AUTHZ_DENIED;
  const AuthTimer timer(r);
  if (chunk->IsLibrary()) return CheckLibrary(r, customer);
  const Decision& decision = DecisionFor(r, *chunk);
  const bool same = decision.customer != nullptr && std::strcmp(decision.customer, customer) == 0;
  return same || decision.outcome == Decision::Outcome::kTrouble ? AsAuthz(r, decision)
                                                                 : AUTHZ_DENIED;
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
  if (state.refusal != nullptr) return AnswerNoted(r, Cause::kNotEntitled);
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
  // mod_cache can be told to keep private responses, and its quick handler would then send them to
  // anybody: it runs before authorization. This it always obeys.
  apr_table_setn(r->subprocess_env, "no-cache", "1");
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
