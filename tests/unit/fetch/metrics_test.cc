// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/metrics.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "common/cache/cache_format.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::vector<uint64_t> ReadAll(const Counters& counters) {
  std::vector<uint64_t> values;
  for (const MetricFamily& family : AllMetrics()) {
    for (const MetricSample& sample : family.samples) values.push_back(sample.read(counters));
  }
  return values;
}

// How many samples show that something was added.
size_t Changed(const std::vector<uint64_t>& before, const std::vector<uint64_t>& after) {
  size_t changed = 0;
  for (size_t i = 0; i < before.size(); ++i) changed += before[i] != after[i] ? 1 : 0;
  return changed;
}

// Both structs are nothing but Counts, so they can be gone through without naming their members.
template <typename Group>
void CheckEachCountIsShownOnce(const Counters& counters, Group& group) {
  static_assert(sizeof(Group) % sizeof(Count) == 0);
  Count* counts = reinterpret_cast<Count*>(&group);
  for (size_t i = 0; i < sizeof(Group) / sizeof(Count); ++i) {
    CAPTURE(i);
    const std::vector<uint64_t> before = ReadAll(counters);
    counts[i].Add();
    CHECK(Changed(before, ReadAll(counters)) == 1);
  }
}

TEST_CASE("Metrics: every counter is in the table, once") {
  const auto counters = std::make_unique<Counters>();
  CheckEachCountIsShownOnce(*counters, counters->workers);
  CheckEachCountIsShownOnce(*counters, counters->decisions);
  CheckEachCountIsShownOnce(*counters, counters->fetcher);
  CheckEachCountIsShownOnce(*counters, counters->backends);
  CheckEachCountIsShownOnce(*counters, counters->ledger);
}

TEST_CASE("Metrics: every gauge of processes is in the table, once") {
  const auto counters = std::make_unique<Counters>();
  using Slot = ProcessGauges::Slot;
  for (const auto gauge :
       {&Slot::waiters, &Slot::fills, &Slot::fetchers, &Slot::connections, &Slot::downloads}) {
    const std::vector<uint64_t> before = ReadAll(*counters);
    (counters->processes.Of(1)->*gauge) = 5;
    CHECK(Changed(before, ReadAll(*counters)) == 1);
  }
}

TEST_CASE("Metrics: an open breaker is a backend that is down") {
  const auto counters = std::make_unique<Counters>();
  const std::vector<uint64_t> before = ReadAll(*counters);
  for (uint32_t i = 0; i < Breaker::kFailuresToOpen; ++i) counters->breakers[3].Failed({});
  CHECK(Changed(before, ReadAll(*counters)) == 1);
}

TEST_CASE("Metrics: the reasons of failed fills are the codes' own names") {
  const auto counters = std::make_unique<Counters>();
  for (const MetricFamily& family : AllMetrics()) {
    if (family.name != "failed_fills") continue;
    REQUIRE(family.samples.size() == FetcherCounters::kFailures);
    for (size_t i = 0; i < family.samples.size(); ++i) {
      const Code code = Code(i + 1);
      CHECK(family.samples[i].label == CodeName(code));
      counters->fetcher.FailedFills(code).Add(i + 7);
      CHECK(family.samples[i].read(*counters) == i + 7);
    }
  }
}

bool IsName(std::string_view name) {
  return !name.empty() && IsLower(name.front()) &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

TEST_CASE("Metrics: names, units and texts keep the formats' rules") {
  std::set<std::string_view> names;
  for (const MetricFamily& family : AllMetrics()) {
    CAPTURE(family.name);
    CHECK(IsName(family.name));
    CHECK(names.insert(family.name).second);
    CHECK_FALSE(family.name.ends_with("_total"));
    CHECK((family.unit.empty() || family.name.ends_with("_" + std::string(family.unit))));
    CHECK_FALSE(family.help.empty());
    CHECK(family.help.find_first_of("\"\\\n<>&") == std::string_view::npos);
    REQUIRE_FALSE(family.samples.empty());
    CHECK(family.label.empty() == (family.samples.size() == 1));
    std::set<std::string_view> labels;
    for (const MetricSample& sample : family.samples) {
      CHECK(sample.label.empty() == family.label.empty());
      CHECK((sample.label.empty() || IsName(sample.label)));
      CHECK(labels.insert(sample.label).second);
    }
  }
}

TEST_CASE("Metrics: blocks are as large as the text says") { CHECK(kBlockBytes == 256 * 1024); }

}  // namespace
}  // namespace audiodl
