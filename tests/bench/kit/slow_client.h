// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A client on a thin line: it looks at its socket when it is told that time has passed, and takes
// what its rate allows. One thread at a time.

#ifndef AUDIODL_TESTS_BENCH_KIT_SLOW_CLIENT_H_
#define AUDIODL_TESTS_BENCH_KIT_SLOW_CLIENT_H_

#include <algorithm>
#include <span>
#include <string>

#include "tests/bench/kit/http_client.h"

namespace audiodl::bench {

class SlowClient {
 public:
  // Both are borrowed. The rate is in bytes a second.
  SlowClient(const Target& target, double rate, std::span<char> scratch)
      : target_(target), rate_(rate), http_(target, scratch) {
    // With a sink, so that bytes are copied as by any real client.
    http_.set_sink([](uint64_t, std::string_view) {});
  }

  void Start() { http_.Connect(); }

  // Reads what has become due. Before Start() and after the end it does nothing.
  void Tick(Clock::time_point now) {
    if (ended_) return;
    const Progress progress = http_.Advance(Owed(now));
    if (progress == Progress::kReady) {
      http_.Ask(target_.Request({}));
      asked_ = true;
    }
    ended_ = progress == Progress::kDone || progress == Progress::kBroken;
  }

  bool asked() const { return asked_; }
  bool broken() const { return ended_ && !whole(); }
  uint64_t received() const { return http_.exchange().received; }
  const std::string& trouble() const { return http_.trouble(); }

  // Whether it has less than half of what it could have read since it asked.
  bool Starved(Clock::time_point now) const {
    return !asked_ || (!whole() && static_cast<double>(received()) < Readable(now) / 2);
  }

 private:
  bool whole() const {
    const Exchange& exchange = http_.exchange();
    return exchange.status == 200 && exchange.length > 0 && exchange.received == exchange.length;
  }

  double Readable(Clock::time_point now) const {
    return asked_ ? rate_ * Seconds(now - http_.exchange().asked) : 0;
  }

  // At least a byte, or the answer's head would not be read; at most a second's worth, or one who
  // was kept waiting would turn into a fast client.
  uint64_t Owed(Clock::time_point now) const {
    const double owed = Readable(now) - static_cast<double>(received());
    return static_cast<uint64_t>(std::clamp(owed, 1.0, std::max(1.0, rate_)));
  }

  const Target& target_;
  const double rate_;
  HttpClient http_;
  bool asked_ = false;
  bool ended_ = false;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_SLOW_CLIENT_H_
