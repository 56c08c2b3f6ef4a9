// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The one table of everything that is counted: every way of showing the counters (OpenMetrics,
// server-status, `audiodl status`) goes through it, so none can forget one. Names follow
// OpenMetrics' rules, and hold nothing of a customer or a book. Immutable; any thread.

#ifndef AUDIODL_COMMON_FETCH_METRICS_H_
#define AUDIODL_COMMON_FETCH_METRICS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "common/fetch/counters.h"

namespace audiodl {

enum class MetricType : unsigned char {
  kCounter,  // only ever grows, until httpd is stopped
  kGauge,
};

struct MetricSample {
  std::string_view label;  // the label's value; empty where it is the only sample
  uint64_t (*read)(const Counters& counters);
};

// Samples that add up: requests by their outcome.
struct MetricFamily {
  std::string_view name;  // "sent_bytes"; shown as audiodl_sent_bytes, a counter with _total
  MetricType type;
  std::string_view unit;   // "bytes", which the name then ends in; or empty
  std::string_view label;  // what tells the samples apart; empty where there is one
  std::string_view help;   // no quote, backslash, '<' or '&': it stands in every format as it is
  std::span<const MetricSample> samples;
};

std::span<const MetricFamily> AllMetrics();

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_METRICS_H_
