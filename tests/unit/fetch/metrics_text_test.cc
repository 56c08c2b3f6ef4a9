// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/metrics_text.h"

#include <memory>

#include "common/base/json.h"
#include "common/base/version.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::unique_ptr<Counters> Sample() {
  auto counters = std::make_unique<Counters>();
  counters->workers.hits.Add(12);
  counters->workers.sent_bytes.Add(345);
  counters->fetcher.used_bytes.Set(6789);
  counters->processes.Of(1)->waiters = 2;
  return counters;
}

TEST_CASE("ChooseMetricsFormat: OpenMetrics for those who name it") {
  const std::pair<const char*, MetricsFormat> rows[] = {
      {"", MetricsFormat::kText},
      {"*/*", MetricsFormat::kText},
      {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", MetricsFormat::kText},
      // Prometheus 2.42.
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
       "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       MetricsFormat::kOpenMetrics},
      {"text/plain, Application/OpenMetrics-Text ; version=1.0.0", MetricsFormat::kOpenMetrics},
      {"application/openmetrics-text;q=0", MetricsFormat::kText},
      {"application/openmetrics-text; version=1.0.0; q=0.000", MetricsFormat::kText},
      {"application/openmetrics-text;q=0.5", MetricsFormat::kOpenMetrics},
      {"application/openmetrics-textual", MetricsFormat::kText},
      {",;=,", MetricsFormat::kText},
  };
  for (const auto& [accept, format] : rows) {
    CAPTURE(accept);
    CHECK(ChooseMetricsFormat(accept) == format);
  }
}

TEST_CASE("RenderMetrics: OpenMetrics") {
  const std::string text = RenderMetrics(*Sample(), MetricsFormat::kOpenMetrics);
  CHECK(Contains(text,
                 "# TYPE audiodl_requests counter\n"
                 "# HELP audiodl_requests Requests for chunks by what the cache had\n"
                 "audiodl_requests_total{cache=\"hit\"} 12\n"
                 "audiodl_requests_total{cache=\"partial\"} 0\n"));
  CHECK(Contains(text,
                 "# TYPE audiodl_sent_bytes counter\n"
                 "# UNIT audiodl_sent_bytes bytes\n"
                 "# HELP audiodl_sent_bytes Bytes of chunks sent to clients\n"
                 "audiodl_sent_bytes_total 345\n"));
  CHECK(Contains(text, "audiodl_cache_used_bytes 6789\n"));
  CHECK(Contains(text, "audiodl_waiting_requests 2\n"));
  CHECK(Contains(text, "# TYPE audiodl_build info\n"));
  CHECK(Contains(text, "audiodl_build_info{version=\"" + std::string(kVersion) + "\"} 1\n"));
  CHECK(text.ends_with("\n# EOF\n"));
}

TEST_CASE("RenderMetrics: the older text names counters by their samples") {
  const std::string text = RenderMetrics(*Sample(), MetricsFormat::kText);
  CHECK(Contains(text,
                 "# TYPE audiodl_sent_bytes_total counter\n"
                 "# HELP audiodl_sent_bytes_total Bytes of chunks sent to clients\n"
                 "audiodl_sent_bytes_total 345\n"));
  CHECK(Contains(text, "# TYPE audiodl_build_info gauge\n"));
  CHECK_FALSE(Contains(text, "# UNIT"));
  CHECK_FALSE(Contains(text, "# EOF"));
}

TEST_CASE("RenderStatusLines: a line each, without blanks in the name") {
  const std::string text = RenderStatusLines(*Sample());
  CHECK(text.starts_with("AudiodlRequestsHit: 12\nAudiodlRequestsPartial: 0\n"));
  CHECK(Contains(text, "\nAudiodlSentBytes: 345\n"));
  CHECK(Contains(text, "\nAudiodlFailedFillsNotFound: 0\n"));
}

TEST_CASE("RenderStatusHtml: a table, or none for browsers without") {
  const std::string table = RenderStatusHtml(*Sample(), StatusLayout::kTable);
  CHECK(Contains(table,
                 "<tr><th align=\"left\">Requests for chunks by what the cache had</th><td>"
                 "hit 12, partial 0, joined 0, miss 0, pass 0</td></tr>\n"));
  const std::string list = RenderStatusHtml(*Sample(), StatusLayout::kList);
  CHECK(Contains(list, "<dt>Bytes of chunks sent to clients: 345</dt>\n"));
  CHECK_FALSE(Contains(list, "<table"));
}

TEST_CASE("RenderCountersJson: samples by their labels") {
  const Result<Json> json = Json::Parse(RenderCountersJson(*Sample()));
  REQUIRE(json.ok());
  REQUIRE(json->Find("requests") != nullptr);
  REQUIRE(json->Find("requests")->Find("hit") != nullptr);
  CHECK(json->Find("requests")->Find("hit")->AsUint() == 12);
  REQUIRE(json->Find("sent_bytes") != nullptr);
  CHECK(json->Find("sent_bytes")->AsUint() == 345);
}

}  // namespace
}  // namespace audiodl
