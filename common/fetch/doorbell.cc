// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/doorbell.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace audiodl {
namespace {

// An entry's fields, from the top: tag, ring, code. With 24 bits of the count an error would look
// new again after 8 million rings; 27 bits' worth of them are years of a busy server.
constexpr uint32_t kCodeBits = 8;
constexpr uint32_t kRingBits = 28;
constexpr uint32_t kTagShift = kCodeBits + kRingBits;
constexpr uint32_t kRingMask = (1u << kRingBits) - 1;

uint64_t TagOf(uint64_t key) { return key >> kTagShift; }

uint64_t PackError(uint64_t key, uint32_t ring, Code code) {
  return TagOf(key) << kTagShift | uint64_t{ring & kRingMask} << kCodeBits |
         static_cast<uint64_t>(code);
}

// Whether ring number `a` came after `b`, both counted modulo 2^kRingBits.
bool IsAfter(uint32_t a, uint32_t b) {
  const uint32_t distance = (a - b) & kRingMask;
  return distance != 0 && distance < (1u << (kRingBits - 1));
}

long Futex(const std::atomic<uint32_t>& word, int operation, uint32_t value,
           const timespec* timeout) {
  return syscall(SYS_futex, &word, operation, value, timeout, nullptr, 0);
}

timespec ToTimespec(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds);
  return {static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
}

}  // namespace

uint32_t Doorbells::Peek(uint64_t key) const {
  return BellOf(key).rings.load(std::memory_order_acquire);
}

void Doorbells::RingOne(Bell& bell) {
  bell.rings.fetch_add(1, std::memory_order_acq_rel);
  Futex(bell.rings, FUTEX_WAKE, INT_MAX, nullptr);
}

// Sequentially consistent, as is the waiter's side: it counts itself and then looks at the bells,
// this counts on and then looks for waiters, so one of the two sees the other.
void Doorbells::RingAny() {
  any_.fetch_add(1);
  if (waiting_for_any_.load() > 0) Futex(any_, FUTEX_WAKE, INT_MAX, nullptr);
}

void Doorbells::Ring(uint64_t key) {
  RingOne(BellOf(key));
  RingAny();
}

void Doorbells::RingAll() {
  for (Bell& bell : bells_) RingOne(bell);
  RingAny();
}

void Doorbells::ForgetFills() {
  for (Bell& bell : bells_) bell.fills = 0;
}

void Doorbells::Wait(uint64_t key, uint32_t seen, std::chrono::milliseconds at_most) const {
  const timespec timeout = ToTimespec(at_most);
  Futex(BellOf(key).rings, FUTEX_WAIT, seen, &timeout);
}

void Doorbells::WaitForAny(uint32_t seen, std::chrono::milliseconds at_most) {
  const timespec timeout = ToTimespec(at_most);
  waiting_for_any_.fetch_add(1);
  Futex(any_, FUTEX_WAIT, seen, &timeout);  // returns at once if it has moved on since
  waiting_for_any_.fetch_sub(1);
}

void Doorbells::Post(uint64_t key, Code code) {
  Bell& bell = BellOf(key);
  // The entry carries the count that the ring below makes, so it is stored before anybody can see
  // that count. Two fetchers (one draining) may post at once: at worst one entry replaces the
  // other.
  const uint32_t ring = bell.rings.load(std::memory_order_acquire) + 1;
  bell.errors[ring % bell.errors.size()].store(PackError(key, ring, code),
                                               std::memory_order_release);
  Ring(key);
}

std::optional<Code> Doorbells::ErrorSince(uint64_t key, uint32_t seen) const {
  const Bell& bell = BellOf(key);
  std::optional<Code> newest;
  uint32_t newest_ring = seen;
  for (const std::atomic<uint64_t>& slot : bell.errors) {
    const uint64_t entry = slot.load(std::memory_order_acquire);
    const uint32_t ring = static_cast<uint32_t>(entry >> kCodeBits) & kRingMask;
    if (entry == 0 || entry >> kTagShift != TagOf(key) || !IsAfter(ring, newest_ring)) continue;
    newest = static_cast<Code>(entry & 0xff);
    newest_ring = ring;
  }
  return newest;
}

}  // namespace audiodl
