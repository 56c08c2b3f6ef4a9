// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the workers count: what requests found, and how many bytes went out. And the parent's part:
// when a process has ended, what it was doing at that moment is over.

#ifndef AUDIODL_MOD_AUDIODL_ACCOUNTING_H_
#define AUDIODL_MOD_AUDIODL_ACCOUNTING_H_

#include <apr_pools.h>
#include <httpd.h>

#include <chrono>

#include "common/fetch/counters.h"
#include "common/fetch/follower.h"

namespace audiodl {

void RegisterAccounting(apr_pool_t* pool);

// The counters that all processes of this server share. Null where no virtual host has a store.
const Counters* SharedCounters(const server_rec* server);

// Once for each request for a chunk, when it is known what the cache had.
void CountLookup(const FetcherLink& link, Lookup lookup);

// Once for each request that could not be served, when it is known why.
void CountTrouble(const FetcherLink& link, Code code);

// Once for each client that is cut off because it took nothing for so long.
void NoteStalledClient(conn_rec* c, std::chrono::milliseconds patience);

// How the right to a chunk was found out. One request may count twice: by the database, then by a
// grant because the database says that the session is gone.
enum class DecisionSource : unsigned char {
  kMemo,
  kCache,
  kDatabase,
  kGrant,
  kRevoked,
  kFree,
  kTrouble,
};

// Counts it, and leaves it for logs as %{audiodl-decision}n.
void CountDecision(request_rec* r, DecisionSource source);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_ACCOUNTING_H_
