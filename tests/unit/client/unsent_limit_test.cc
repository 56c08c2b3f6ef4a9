// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/unsent_limit.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

TEST_CASE(
    "UnsentLimit: a fast line gets more, a slow one no longer, one in between keeps its own") {
  UnsentLimit limit;
  CHECK(limit.bytes() == UnsentLimit::kUsual);
  CHECK(limit.After(milliseconds(100)) == UnsentLimit::kUsual);
  CHECK(limit.After(milliseconds(1)) == UnsentLimit::kFast);
  CHECK(limit.After(milliseconds(100)) == UnsentLimit::kFast);
  CHECK(limit.After(milliseconds(251)) == UnsentLimit::kUsual);
  CHECK(limit.After(milliseconds(100)) == UnsentLimit::kUsual);
  CHECK(limit.bytes() == UnsentLimit::kUsual);
}

}  // namespace
}  // namespace audiodl
