// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Waits at many doorbells for those who must not wait themselves: a connection that has caught up
// with a fill gives its worker back, and is woken through a descriptor that polls as writable once
// its bell has rung.
//
//   BellGate gate;                                  // not writable
//   if (watcher.Watch(gate, bell, seen, 1s)) ...    // poll gate.fd() for writing
//   watcher.Forget(gate);                           // whoever was woken, and whoever gives up
//
// A gate must be forgotten before it goes, or outlive the watcher.
//
// One thread per process, started when it is first needed. Rings come in at the speed of the
// network; so that a hundred followers are not woken for each block, they are let through in
// rounds, further apart the more there are. Thread-safe; a gate is its owner's.

#ifndef AUDIODL_COMMON_FETCH_BELL_WATCHER_H_
#define AUDIODL_COMMON_FETCH_BELL_WATCHER_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/fetch/doorbell.h"

namespace audiodl {

// An eventfd that is full, and therefore not writable, while it is closed.
class BellGate {
 public:
  BellGate() = default;
  BellGate(const BellGate&) = delete;
  BellGate& operator=(const BellGate&) = delete;

  // Makes the descriptor if there is none yet; afterwards it does not poll as writable.
  Status Close();
  // From now on it does. REQUIRES: Close() was ok once.
  void Open();

  int fd() const { return fd_.get(); }
  // Somebody else closed the descriptor.
  void Abandon() { (void)fd_.Release(); }

 private:
  friend class BellWatcher;

  UniqueFd fd_;
  // The watcher's, under its lock.
  uint64_t bell_ = 0;
  uint32_t seen_ = 0;
  std::chrono::steady_clock::time_point until_;
};

class BellWatcher {
 public:
  // `bells` is borrowed.
  explicit BellWatcher(Doorbells& bells) : bells_(bells) {}
  // Opens what is still watched. REQUIRES: nobody calls Watch() any more.
  ~BellWatcher();
  BellWatcher(const BellWatcher&) = delete;
  BellWatcher& operator=(const BellWatcher&) = delete;

  // The gate, closed by its owner, opens when that bell has rung since `seen` was peeked, or after
  // `at_most`. False: it has rung already, or there is no thread to watch; the gate is not watched.
  bool Watch(BellGate& gate, uint64_t bell, uint32_t seen, std::chrono::milliseconds at_most);
  // Afterwards the watcher does not touch the gate. One that is not watched is no error.
  void Forget(BellGate& gate);

  // How long to let rings gather while so many are waiting.
  static std::chrono::microseconds Pause(size_t waiting);

 private:
  bool StartThread();
  void Run();
  // Opens the gates whose time has come. REQUIRES: mutex_ is held.
  void OpenRung(std::chrono::steady_clock::time_point now);
  std::chrono::milliseconds Patience(std::chrono::steady_clock::time_point now) const;

  Doorbells& bells_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<BellGate*> gates_;  // guarded by mutex_, as is what follows
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_BELL_WATCHER_H_
