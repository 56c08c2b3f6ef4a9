// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/probe.h"

#include <poll.h>

#include <span>
#include <thread>
#include <vector>

#include "tests/bench/kit/http_client.h"

namespace audiodl::bench {
namespace {

constexpr size_t kScratchBytes = 64 << 10;

// Whether the bytes were there by the deadline.
bool ProbeOnce(const Target& target, uint64_t bytes, std::span<char> scratch,
               Clock::time_point deadline) {
  HttpClient http(target, scratch);
  http.Connect();
  for (Clock::time_point now = Clock::now(); now < deadline; now = Clock::now()) {
    const Progress progress = http.Advance(bytes);
    if (progress == Progress::kDone) return http.exchange().status == 206;
    if (progress == Progress::kReady) http.Ask(target.Request(Span{0, bytes}));
    if (http.fd() < 0) return false;
    pollfd socket{http.fd(), static_cast<short>(http.awaited()), 0};  // epoll(7): the same bits
    poll(&socket, 1, static_cast<int>(Milliseconds(deadline - now)) + 1);
  }
  return false;
}

}  // namespace

ProbeTimes ProbeFor(Clock::duration time, const Target& target, const ProbePlan& plan) {
  ProbeTimes times;
  std::vector<char> scratch(kScratchBytes);
  const Clock::time_point end = Clock::now() + time;
  for (Clock::time_point begin = Clock::now(); begin < end; begin = Clock::now()) {
    if (ProbeOnce(target, plan.bytes, scratch, begin + plan.timeout)) {
      times.answered.Add(Clock::now() - begin);
    } else {
      ++times.failed;
    }
    std::this_thread::sleep_until(begin + plan.every);
  }
  return times;
}

}  // namespace audiodl::bench
