// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How many followers of fills a process sends to at once. Everybody behind a fill always has
// something to be sent; would each of them take a worker, there would be none left for those who
// have not had their first byte, and httpd would accept nobody. So they take turns, first come,
// first served, and wait for theirs at a gate (bell_watcher.h), without a worker.
//
//   if (!turns.Take(gate)) return;   // closed; when it opens, the turn is ours
//   ...                              // send a slice
//   turns.Done();                    // the next one's gate opens
//
// Thread-safe; a gate is its owner's.

#ifndef AUDIODL_COMMON_FETCH_TURN_QUEUE_H_
#define AUDIODL_COMMON_FETCH_TURN_QUEUE_H_

#include <list>
#include <mutex>

#include "common/fetch/bell_watcher.h"

namespace audiodl {

class TurnQueue {
 public:
  // REQUIRES: turns > 0
  explicit TurnQueue(unsigned turns) : free_(turns) {}
  TurnQueue(const TurnQueue&) = delete;
  TurnQueue& operator=(const TurnQueue&) = delete;

  // True: it is your turn. False: your gate, which REQUIRES to be closed, is queued and opens then.
  bool Take(BellGate& gate);
  // The turn is over.
  void Done();
  // For whoever is queued and will wait no longer. True: the turn came meanwhile and has to be
  // ended with Done().
  bool Leave(BellGate& gate);

 private:
  std::mutex mutex_;
  unsigned free_;                 // under mutex_, as is the rest
  std::list<BellGate*> waiting_;  // only while none is free
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_TURN_QUEUE_H_
