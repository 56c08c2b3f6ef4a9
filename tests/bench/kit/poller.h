// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// epoll with a pointer for each descriptor. One thread at a time.

#ifndef AUDIODL_TESTS_BENCH_KIT_POLLER_H_
#define AUDIODL_TESTS_BENCH_KIT_POLLER_H_

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <span>

#include "common/base/unique_fd.h"
#include "tests/bench/kit/clock.h"

namespace audiodl::bench {

class Poller {
 public:
  // Waits for `events` (EPOLLIN, EPOLLOUT or none) on `fd`, from now on; level-triggered. What is
  // polled leaves by being closed. `owner` comes back in the event.
  void Set(int fd, uint32_t events, void* owner) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = owner;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT) {
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }
  }

  // What has happened by `deadline`; empty when nothing did. Valid until the next call.
  std::span<epoll_event> Wait(Clock::time_point deadline) {
    using std::chrono::nanoseconds;
    constexpr nanoseconds kSecond = std::chrono::seconds(1);
    const nanoseconds left = std::max<nanoseconds>(nanoseconds(0), deadline - Clock::now());
    const timespec patience{left / kSecond, (left % kSecond).count()};
    const int count = epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   &patience, nullptr);
    return std::span(events_).first(static_cast<size_t>(std::max(0, count)));
  }

 private:
  UniqueFd epoll_{epoll_create1(EPOLL_CLOEXEC)};
  std::array<epoll_event, 256> events_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_POLLER_H_
