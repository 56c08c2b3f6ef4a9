// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/instance_refresher.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("UntilRefresh: 15 to 20 minutes ahead of expiry, and never more than once a minute") {
  const RefreshTiming timing;
  CHECK(UntilRefresh(timing, hours(6), 0) == hours(6) - minutes(15));
  CHECK(UntilRefresh(timing, hours(6), 0.5) == hours(6) - minutes(17) - seconds(30));
  CHECK(UntilRefresh(timing, hours(6), 0.999) > hours(6) - minutes(20));
  CHECK(UntilRefresh(timing, minutes(16) + seconds(30), 0) == seconds(90));
  CHECK(UntilRefresh(timing, minutes(15), 0) == seconds(60));
  CHECK(UntilRefresh(timing, seconds(1), 0.5) == seconds(60));
  CHECK(UntilRefresh(timing, seconds(-1), 0) == seconds(60));
}

TEST_CASE("UntilRetry: doubles from a second to a minute, and scatters downwards") {
  const RefreshTiming timing;
  const std::pair<int, seconds> rows[] = {{1, seconds(1)},       {2, seconds(2)},  {3, seconds(4)},
                                          {6, seconds(32)},      {7, seconds(60)}, {8, seconds(60)},
                                          {1000000, seconds(60)}};
  for (const auto& [failures, wait] : rows) {
    CAPTURE(failures);
    CHECK(UntilRetry(timing, failures, 0) == wait);
    CHECK(UntilRetry(timing, failures, 0.999) > milliseconds(wait) / 2);
    CHECK(UntilRetry(timing, failures, 0.999) < wait);
  }
}

}  // namespace
}  // namespace audiodl
