// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/bell_watcher.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/base/signals_blocked.h"

namespace audiodl {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// eventfd(2): one more would overflow, so a counter that stands here is not writable.
constexpr uint64_t kFull = UINT64_MAX - 1;

constexpr microseconds kPausePerFollower{100};
constexpr microseconds kShortestPause{300};
constexpr microseconds kLongestPause{10000};
// A lost ring costs at most this.
constexpr milliseconds kLongestNap{250};

}  // namespace

Status BellGate::Close() {
  if (!fd_.valid()) {
    fd_.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd_.valid()) return Status::FromErrno(errno, "eventfd");
  }
  // EAGAIN: it is closed already.
  if (write(fd_.get(), &kFull, sizeof kFull) != sizeof kFull && errno != EAGAIN) {
    return Status::FromErrno(errno, "eventfd");
  }
  return Status::Ok();
}

void BellGate::Open() {
  uint64_t count = 0;
  (void)!read(fd_.get(), &count, sizeof count);
}

BellWatcher::~BellWatcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (BellGate* gate : gates_) gate->Open();
    gates_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

microseconds BellWatcher::Pause(size_t waiting) {
  return std::clamp(kPausePerFollower * static_cast<int64_t>(waiting), kShortestPause,
                    kLongestPause);
}

bool BellWatcher::StartThread() {
  if (thread_.joinable()) return true;
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error&) {
    return false;  // no thread to be had: the caller waits by itself
  }
  return true;
}

bool BellWatcher::Watch(BellGate& gate, uint64_t bell, uint32_t seen, milliseconds at_most) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || !StartThread()) return false;
  gate.bell_ = bell;
  gate.seen_ = seen;
  gate.until_ = SteadyClock::now() + at_most;
  gates_.insert(&gate);
  // It may have rung between the caller's look and now; a later ring wakes the thread.
  if (bells_.Peek(bell) != seen) {
    gates_.erase(&gate);
    return false;
  }
  if (gates_.size() == 1) changed_.notify_all();
  return true;
}

void BellWatcher::Forget(BellGate& gate) {
  const std::lock_guard lock(mutex_);
  gates_.erase(&gate);
}

void BellWatcher::OpenRung(SteadyClock::time_point now) {
  std::erase_if(gates_, [&](BellGate* gate) {
    if (bells_.Peek(gate->bell_) == gate->seen_ && now < gate->until_) return false;
    gate->Open();
    return true;
  });
}

milliseconds BellWatcher::Patience(SteadyClock::time_point now) const {
  milliseconds patience = kLongestNap;
  for (const BellGate* gate : gates_) {
    patience = std::min(patience, std::chrono::ceil<milliseconds>(gate->until_ - now));
  }
  return std::max(patience, milliseconds(1));
}

void BellWatcher::Run() {
  pthread_setname_np(pthread_self(), "audiodl-bells");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [this] { return stopping_ || !gates_.empty(); });
    const uint32_t seen = bells_.PeekAny();
    const SteadyClock::time_point now = SteadyClock::now();
    OpenRung(now);
    const microseconds pause = Pause(gates_.size());
    const milliseconds patience = Patience(now);
    const bool rest = !gates_.empty();
    lock.unlock();
    if (rest) {
      bells_.WaitForAny(seen, patience);
      std::this_thread::sleep_for(pause);
    }
    lock.lock();
  }
}

}  // namespace audiodl
