// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/health/health_report.h"

#include "common/base/json.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using State = Breaker::State;
using enum HealthStatus;

HealthFacts Good() {
  HealthFacts facts;
  facts.database = State::kAnswers;
  facts.best_session_store = State::kAnswers;
  facts.worst_session_store = State::kAnswers;
  facts.revocations_known = true;
  facts.fetcher_silence = std::chrono::milliseconds(500);
  facts.origin = State::kAnswers;
  facts.has_cached = true;
  return facts;
}

std::string Word(const HealthReport& report, const std::string& check) {
  const Json json = Json::Parse(report.json.substr(0, report.json.size() - 1)).value();
  return json.Find("checks")->StringAt(check).value_or("");
}

TEST_CASE("ReportHealth: all is well") {
  const HealthReport report = ReportHealth(Good());
  CHECK(report.status == kReady);
  CHECK(report.http_status() == 200);
  CHECK(report.json ==
        "{\"status\":\"ready\",\"checks\":{\"database\":\"ok\",\"sessions\":\"ok\","
        "\"revocations\":\"ok\",\"fetcher\":\"ok\",\"origin\":\"ok\",\"cache\":\"ok\","
        "\"listing\":\"ok\",\"draining\":\"no\"}}\n");
}

TEST_CASE("ReportHealth: what a server does not have is not told") {
  HealthFacts facts;
  facts.fetcher_silence = std::chrono::milliseconds(0);
  facts.origin = State::kAnswers;
  const HealthReport report = ReportHealth(facts);
  CHECK(report.status == kReady);
  CHECK(Word(report, "database").empty());
  CHECK(Word(report, "cache") == "empty");
}

TEST_CASE("ReportHealth: each trouble by its name and its weight") {
  struct Row {
    const char* check;
    const char* word;
    HealthStatus status;
    void (*change)(HealthFacts&);
  };
  const Row rows[] = {
      {"database", "failing", kDegraded, [](auto& f) { f.database = State::kFailing; }},
      {"database", "down", kDown, [](auto& f) { f.database = State::kOpen; }},
      {"database", "unknown", kStarting, [](auto& f) { f.database = State::kUnknown; }},
      {"database", "refuses", kDown, [](auto& f) { f.database_refuses = true; }},
      {"database", "unknown", kDegraded,
       [](auto& f) {
         f.database = State::kUnknown;
         f.probed = false;
       }},
      {"sessions", "down", kDegraded, [](auto& f) { f.worst_session_store = State::kOpen; }},
      {"sessions", "down", kDown,
       [](auto& f) { f.worst_session_store = f.best_session_store = State::kOpen; }},
      {"revocations", "unknown", kStarting, [](auto& f) { f.revocations_known = false; }},
      {"fetcher", "silent", kDown,
       [](auto& f) { f.fetcher_silence = std::chrono::milliseconds(10'001); }},
      {"fetcher", "ok", kReady,
       [](auto& f) { f.fetcher_silence = std::chrono::milliseconds(10'000); }},
      {"fetcher", "unknown", kStarting, [](auto& f) { f.fetcher_silence.reset(); }},
      {"origin", "failing", kDegraded, [](auto& f) { f.origin = State::kFailing; }},
      {"origin", "down", kDegraded, [](auto& f) { f.origin = State::kOpen; }},
      {"origin", "down", kDown,
       [](auto& f) {
         f.origin = State::kOpen;
         f.has_cached = false;
       }},
      {"origin", "unknown", kStarting, [](auto& f) { f.origin = State::kUnknown; }},
      {"cache", "empty", kReady, [](auto& f) { f.has_cached = false; }},
      {"listing", "empty", kDown, [](auto& f) { f.listing = ListingState::kEmpty; }},
      {"listing", "unreadable", kDown, [](auto& f) { f.listing = ListingState::kUnreadable; }},
      {"draining", "yes", kDraining, [](auto& f) { f.draining = true; }},
  };
  for (const Row& row : rows) {
    HealthFacts facts = Good();
    row.change(facts);
    const HealthReport report = ReportHealth(facts);
    CAPTURE(row.check, row.word, report.json);
    CHECK(report.status == row.status);
    CHECK(Word(report, row.check) == row.word);
    CHECK(report.http_status() == (row.status == kReady || row.status == kDegraded ? 200 : 503));
  }
}

TEST_CASE("ReportHealth: the worst of several counts") {
  HealthFacts facts = Good();
  facts.draining = true;
  facts.origin = State::kFailing;
  CHECK(ReportHealth(facts).status == kDraining);
  facts.database = State::kOpen;
  CHECK(ReportHealth(facts).status == kDown);
}

}  // namespace
}  // namespace audiodl
