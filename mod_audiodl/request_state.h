// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the phases of one request tell each other. One thread at a time, as the request itself.

#ifndef AUDIODL_MOD_AUDIODL_REQUEST_STATE_H_
#define AUDIODL_MOD_AUDIODL_REQUEST_STATE_H_

#include <apr_time.h>
#include <httpd.h>

#include "common/base/status.h"

namespace audiodl {

struct ChunkName;
struct Decision;
class Downloads;
struct GivenAnswer;
struct LinkFinding;
struct ListedBook;
struct Refusal;
struct Tally;

struct RequestState {
  const char* customer;             // who our authentication found; null: nobody
  bool deciding;                    // inside our own run of the authorization hooks
  bool asks_for_right;              // Require audio-entitled stands over it
  bool entitled;                    // and let it pass for its customer
  bool chunk_is_known;              // below is what there is to know
  const ChunkName* chunk;           // null: the URL names none
  const ListedBook* listed_book;    // null: not looked for
  const Decision* decision;         // about customer and chunk; null: not decided yet
  const LinkFinding* link;          // of Require audio-link; null: it was not asked
  bool let_in_by_link;              // and it was the one that let the request in
  const Downloads* downloads;       // of the book, where the right was asked for with them
  const Refusal* refusal;           // the last reason that was found to say no; null: none
  GivenAnswer* answer;              // what the client is told instead of the chunk; null: nothing
  Tally* tally;                     // what the ledger counts of it; null: nothing
  apr_interval_time_t auth_micros;  // spent in authentication and authorization so far
};

// The state of `r`, all zero when asked for the first time. It lives as long as r->pool.
RequestState& StateOf(request_rec* r);

// Adds its lifetime to auth_micros and keeps the note audiodl-auth-ms up to date.
class AuthTimer {
 public:
  explicit AuthTimer(request_rec* r) : request_(r), begin_(apr_time_now()) {}
  ~AuthTimer();
  AuthTimer(const AuthTimer&) = delete;
  AuthTimer& operator=(const AuthTimer&) = delete;

 private:
  request_rec* request_;
  apr_time_t begin_;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_REQUEST_STATE_H_
