// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Numbers that go down again when what they count is over: requests that wait, fills under way. A
// process that is killed in between would leave a plain shared number wrong for ever. So each
// process counts in a slot of its own, found by its pid, and whoever reaps the process clears the
// slot:
//
//   Waiting waiting(gauges);         // a worker, for as long as it waits for the origin
//   gauges.Of(getpid())->fills = 3;  // the fetcher, at each turn of its loop
//   gauges.Forget(pid);              // the parent, when that process has ended, however it ended
//
// The sums are of living processes only, up to the moment between a death and its reaping. Lies in
// memory shared by all processes; every method is safe from any thread of any of them.

#ifndef AUDIODL_COMMON_FETCH_PROCESS_GAUGES_H_
#define AUDIODL_COMMON_FETCH_PROCESS_GAUGES_H_

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace audiodl {

class ProcessGauges {
 public:
  // Far above the processes that one httpd has at a time.
  static constexpr size_t kSlots = 2048;

  struct Slot {
    std::atomic<pid_t> pid{0};  // 0: free
    std::atomic<uint32_t> waiters{0};
    std::atomic<uint32_t> fills{0};
    std::atomic<uint32_t> fetchers{0};     // 1 where the process is a fetcher
    std::atomic<uint32_t> connections{0};  // to databases
    std::atomic<uint32_t> downloads{0};    // responses of which bytes have not left yet
    std::atomic<uint64_t> bytes_left{0};   // of them, as far as the kernel tells
  };
  static_assert(std::atomic<pid_t>::is_always_lock_free);
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);

  // The slot of that process, taken now if it had none. It stays that process's until Forget().
  // Null where all slots are taken: then the process is not counted.
  Slot* Of(pid_t pid);

  // The process has ended. REQUIRES: nobody with that pid is alive.
  void Forget(pid_t pid);

  // Over all processes: Sum(&ProcessGauges::Slot::waiters).
  uint64_t Sum(std::atomic<uint32_t> Slot::*gauge) const;
  uint64_t Sum(std::atomic<uint64_t> Slot::*gauge) const;

 private:
  template <typename T>
  uint64_t SumOf(std::atomic<T> Slot::*gauge) const;

  std::array<Slot, kSlots> slots_;
};

// Counts its owner among the waiters of this process for as long as it lives. One thread at a time.
class Waiting {
 public:
  Waiting() = default;  // counts nobody
  explicit Waiting(ProcessGauges& gauges);
  Waiting(Waiting&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  Waiting& operator=(Waiting&& other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~Waiting();

 private:
  ProcessGauges::Slot* slot_ = nullptr;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_PROCESS_GAUGES_H_
