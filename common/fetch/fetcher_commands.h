// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the operator may ask of a running fetcher:
//
//   status   who it is, what it serves, what it fills now, and all counters
//   want     {"key":K} fetches an object into the cache, as a customer's request would. Optional:
//            "offset" and "length"; "marker", the listing marker's time in Unix nanoseconds,
//            without which the first customer's request has the origin confirm the object;
//            "follower", a number to release the want by; "origin", where several origins share the
//            directory
//   downloads  how many are under way, how many bytes they have left, and whether this server is
//            being drained
//   release  {"key":K,"follower":N} takes that want back
//
// A want is answered at once, not when it is fulfilled. One thread, the fetcher's.

#ifndef AUDIODL_COMMON_FETCH_FETCHER_COMMANDS_H_
#define AUDIODL_COMMON_FETCH_FETCHER_COMMANDS_H_

#include <vector>

#include "common/fetch/control_server.h"
#include "common/fetch/counters.h"
#include "common/fetch/fill_engine.h"
#include "common/fetch/store.h"
#include "common/health/health_board.h"

namespace audiodl {

// The fetcher as its commands see it; all of it is borrowed for the server's life.
struct FetcherView {
  const std::vector<StoreConfig>& stores;
  const Counters& counters;
  FillEngine& engine;
  HealthBoard& health;
  const bool& draining;
};

void HandleFetcherCommands(ControlServer& control, const FetcherView& fetcher);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FETCHER_COMMANDS_H_
