// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// All databases and session stores of one configuration, from its reading to the end of a child:
// each is given its breaker when a child begins, and its threads are ended before the child's
// memory goes.
//
// Made in post_config before whoever adds to it. One thread at a time until child_init, immutable
// from then on.

#ifndef AUDIODL_MOD_AUDIODL_BACKENDS_H_
#define AUDIODL_MOD_AUDIODL_BACKENDS_H_

#include <httpd.h>

#include <chrono>
#include <vector>

#include "common/base/log.h"
#include "common/calls/backend.h"

namespace audiodl {

void RegisterBackends(apr_pool_t* pool);

class Backends {
 public:
  // REQUIRES: `backend` lives as long as the configuration. A probe of it may take so long.
  void Add(Backend& backend, std::chrono::milliseconds timeout) {
    backends_.push_back({&backend, timeout});
  }

  void Attach(Counters& counters);
  // Probes each of them, one after the other, and tells `outcome` what came of it.
  template <typename Outcome>
  void Probe(Outcome outcome) {
    for (const Entry& entry : backends_)
      outcome(*entry.backend, entry.backend->Probe(entry.timeout));
  }
  // Ends all threads, waiting for each backend no longer than that (twice over if some hang).
  void Stop(std::chrono::milliseconds patience);

 private:
  struct Entry {
    Backend* backend;
    std::chrono::milliseconds timeout;
  };
  std::vector<Entry> backends_;
};

// How many connections to one backend this server's processes may have, and how many of their
// workers may wait for one while nothing moves.
CallThreads::Limits LimitsFor(size_t connections);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_BACKENDS_H_
