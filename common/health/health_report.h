// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Whether a load balancer should send customers to this server, and why not: from what is known to
// what is said. Pure; any thread.
//
//   ready      200  everything that a new customer needs is there
//   degraded   200  something is not well, and customers are served all the same
//   starting   503  it is not known yet
//   draining   503  the operator wants no new customers here
//   down       503  a new customer would get an error
//
//   {"status":"degraded","checks":{"database":"ok","origin":"down","cache":"ok","listing":"ok",…}}

#ifndef AUDIODL_COMMON_HEALTH_HEALTH_REPORT_H_
#define AUDIODL_COMMON_HEALTH_HEALTH_REPORT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/calls/breaker.h"

namespace audiodl {

enum class ListingState : unsigned char { kOk, kEmpty, kUnreadable };

struct HealthFacts {
  bool draining = false;
  // None: this server has no such thing.
  std::optional<Breaker::State> database = std::nullopt;
  bool database_refuses = false;  // it answers, but not the statements
  // Of several session stores the best and the worst.
  std::optional<Breaker::State> best_session_store = std::nullopt;
  std::optional<Breaker::State> worst_session_store = std::nullopt;
  std::optional<bool> revocations_known = std::nullopt;
  // Whether somebody finds out what no customer's request has found out yet.
  bool probed = true;
  // None: it never gave a sign of life.
  std::optional<std::chrono::milliseconds> fetcher_silence = std::nullopt;
  Breaker::State origin = Breaker::State::kUnknown;
  bool has_cached = false;
  ListingState listing = ListingState::kOk;
};

enum class HealthStatus : unsigned char { kReady, kDegraded, kStarting, kDraining, kDown };

struct HealthReport {
  HealthStatus status = HealthStatus::kReady;
  std::string json;  // one line, with its line end

  int http_status() const {
    return status == HealthStatus::kReady || status == HealthStatus::kDegraded ? 200 : 503;
  }
};

// A fetcher that is silent for longer hangs; one that was killed has a successor within a second.
inline constexpr std::chrono::seconds kFetcherPatience{10};

HealthReport ReportHealth(const HealthFacts& facts);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HEALTH_HEALTH_REPORT_H_
