// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Refusals, made in one place: the status and its headers, one line in the error log, and a page
// with the code by which `audiodl why` finds that line.
//
//   return Answer(r, Cause::kOriginUnreachable, status.text());
//
// The page is HTML where the client names text/html in Accept, JSON where it names
// application/json, else text. A browser without a session is sent to AudioLoginURL instead. Where
// the operator has an ErrorDocument for the status, that is shown; it finds the code in the
// environment as AUDIODL_CODE (REDIRECT_AUDIODL_CODE in a script) beside AUDIODL_CAUSE. The code is
// also in the header X-Audiodl-Code and in the notes audiodl-code and audiodl-cause, for access
// logs.
//
// Nothing in an answer depends on whether the chunk exists, unless the cause is one that only those
// who may have it are told.

#ifndef AUDIODL_MOD_AUDIODL_ANSWER_H_
#define AUDIODL_MOD_AUDIODL_ANSWER_H_

#include <httpd.h>

#include <string>

#include "common/answer/cause.h"
#include "common/base/status.h"

namespace audiodl {

// Why this request was refused.
struct Refusal {
  Cause cause;
  std::string detail;  // for the log: no secret, no cookie, no session
};

// Logs, sets the headers and returns the status for the hook or handler to return. Once for each
// request: a second call returns what the first one did.
int Answer(request_rec* r, Cause cause, const std::string& detail);

// For what only says no, as an authorization provider: why, should that be the last word. The last
// one noted counts.
void NoteRefusal(request_rec* r, Cause cause, const std::string& detail);

// Answers with the reason that was noted last. Where none was, with `otherwise`; and so, with the
// detail that was noted, where that is kNotEntitled and this is about something else.
int AnswerNoted(request_rec* r, Cause otherwise);

// For what the listing did not give, by FindMarker() or FindBookParts().
int AnswerUnlisted(request_rec* r, const Status& status);

void RegisterAnswer(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_ANSWER_H_
