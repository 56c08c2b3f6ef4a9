// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/retries.h"

#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

TEST_CASE("PauseAfter: doubles up to the longest, less chance") {
  RetryTiming timing;
  timing.first_pause = milliseconds(200);
  timing.longest_pause = milliseconds(1000);
  CHECK(PauseAfter(timing, 1, 0).count() == 200);
  CHECK(PauseAfter(timing, 2, 0).count() == 400);
  CHECK(PauseAfter(timing, 4, 0).count() == 1000);
  CHECK(PauseAfter(timing, 50, 0).count() == 1000);
  CHECK(PauseAfter(timing, 1, 0.999).count() == 100);
}

TEST_CASE("Retries: waits between attempts and gives up in the end") {
  std::vector<milliseconds> pauses;
  RetryTiming timing;
  timing.attempts = 3;
  timing.sleep = [&](milliseconds pause) { pauses.push_back(pause); };
  Retries retries(timing);
  const Status busy(Code::kThrottled, "busy");
  CHECK(retries.WaitBeforeNext(busy));
  CHECK(retries.WaitBeforeNext(busy));
  CHECK_FALSE(retries.WaitBeforeNext(busy));
  CHECK(pauses.size() == 2);
}

TEST_CASE("Retries: what will not pass is not tried again") {
  RetryTiming timing;
  timing.sleep = [](milliseconds) {};
  Retries retries(timing);
  CHECK_FALSE(retries.WaitBeforeNext(Status::Ok()));
  CHECK_FALSE(retries.WaitBeforeNext(Status(Code::kForbidden, "no")));
  CHECK_FALSE(retries.WaitBeforeNext(Status(Code::kChanged, "no")));
}

}  // namespace
}  // namespace audiodl
