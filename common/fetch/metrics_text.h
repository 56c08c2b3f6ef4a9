// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The counters as text for monitoring systems and for server-status. Pure; any thread.

#ifndef AUDIODL_COMMON_FETCH_METRICS_TEXT_H_
#define AUDIODL_COMMON_FETCH_METRICS_TEXT_H_

#include <string>
#include <string_view>

#include "common/fetch/counters.h"

namespace audiodl {

// The two formats that Prometheus and its relatives read. They differ in little, but a parser of
// one refuses the other.
enum class MetricsFormat : unsigned char {
  kOpenMetrics,  // OpenMetrics 1.0
  kText,         // Prometheus' text format 0.0.4
};

// What the client's Accept header asks for: OpenMetrics where it is named and not refused with q=0,
// the older text otherwise, as Prometheus' own libraries choose.
MetricsFormat ChooseMetricsFormat(std::string_view accept);

const char* MetricsContentType(MetricsFormat format);

std::string RenderMetrics(const Counters& counters, MetricsFormat format);

// Lines for server-status?auto: "AudiodlRequestsHit: 12".
std::string RenderStatusLines(const Counters& counters);

// The same for server-status in a browser: a heading and a table, or, without tables, a list.
enum class StatusLayout : unsigned char { kTable, kList };
std::string RenderStatusHtml(const Counters& counters, StatusLayout layout);

// {"requests":{"hit":12,...},"sent_bytes":345,...}
std::string RenderCountersJson(const Counters& counters);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_METRICS_TEXT_H_
