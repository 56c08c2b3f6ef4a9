// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What ties this process to the fetcher: the memory and the socket that the parent keeps across
// graceful restarts. One per server process, made in post_config, shared by all virtual hosts.
// Thread-safe.

#ifndef AUDIODL_MOD_AUDIODL_FETCHER_LINK_H_
#define AUDIODL_MOD_AUDIODL_FETCHER_LINK_H_

#include <atomic>

#include "common/fetch/shared_state.h"

namespace audiodl {

struct FetcherLink {
  SharedState* shared = nullptr;
  int want_fd = -1;
  std::atomic<bool> stopping{false};  // this process ends, and not gracefully
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_FETCHER_LINK_H_
