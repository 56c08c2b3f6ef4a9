// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/download_rate.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kMega = 1 << 20;

TEST_CASE("DownloadRate: what operators write") {
  const std::pair<const char*, DownloadRate> rows[] = {
      {"500K", {500 * 1024, kMega}},
      {"1000000", {1000000, kMega}},
      {"2M burst=0", {2 * kMega, 0}},
      {"64k burst=256K", {65536, 262144}},
      {"none", {0, kMega}},
      {"0", {0, kMega}},
      {"none burst=2M", {0, 2 * kMega}},
  };
  for (const auto& [text, rate] : rows) {
    CAPTURE(text);
    const Result<DownloadRate> parsed = DownloadRate::Parse(text);
    REQUIRE(parsed.ok());
    CHECK(*parsed == rate);
    CHECK(parsed->limits() == (rate.bytes_per_second > 0));
  }
}

TEST_CASE("DownloadRate: all else is refused, and quoted") {
  for (const char* text :
       {"", "fast", "500K/s", "-1", "500K 1M", "500K burst", "500K burst=", "500K burst=x",
        "500K burst=1M burst=2M", "burst=1M", "NONE", "500K  burst=1M"}) {
    CAPTURE(text);
    const Result<DownloadRate> parsed = DownloadRate::Parse(text);
    REQUIRE(!parsed.ok());
    CHECK(parsed.status().text().find('\'') != std::string::npos);
  }
}

TEST_CASE("BurstAllowance: a connection begins with the whole burst") {
  const BurstAllowance::Clock::time_point now;
  BurstAllowance allowance;
  CHECK(allowance.Draw({1000, 5000}, now) == 5000);
  CHECK(allowance.Draw({1000, 5000}, now) == 5000);  // nothing went
}

TEST_CASE("BurstAllowance: what went comes back at the rate, and no more than the burst") {
  const DownloadRate rate{1000, 5000};
  BurstAllowance::Clock::time_point now;
  BurstAllowance allowance;
  (void)allowance.Draw(rate, now);
  allowance.Spend(4000, now);
  CHECK(allowance.Draw(rate, now) == 1000);
  CHECK(allowance.Draw(rate, now += milliseconds(500)) == 1500);
  allowance.Spend(9999, now);
  CHECK(allowance.Draw(rate, now) == 0);
  CHECK(allowance.Draw(rate, now += seconds(2)) == 2000);
  CHECK(allowance.Draw(rate, now += hours(24 * 365 * 50)) == 5000);
}

TEST_CASE("BurstAllowance: while bytes go nothing comes back") {
  const DownloadRate rate{1000, 5000};
  BurstAllowance::Clock::time_point now;
  BurstAllowance allowance;
  (void)allowance.Draw(rate, now);
  allowance.Spend(5000, now);
  allowance.Spend(30000, now += seconds(30));  // paced
  CHECK(allowance.Draw(rate, now) == 0);
}

TEST_CASE("BurstAllowance: another place's burst bounds what is left of this one's") {
  const BurstAllowance::Clock::time_point now;
  BurstAllowance allowance;
  CHECK(allowance.Draw({1000, 5000}, now) == 5000);
  CHECK(allowance.Draw({1000, 300}, now) == 300);
  CHECK(allowance.Draw({1000, 5000}, now) == 300);
}

}  // namespace
}  // namespace audiodl
