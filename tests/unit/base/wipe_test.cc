// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/wipe.h"

#include <algorithm>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Wipe: overwrites in place, the spare capacity too") {
  std::string secret(100, 's');
  secret.reserve(200);
  secret.resize(10);
  const char* const bytes = secret.data();
  const size_t capacity = secret.capacity();
  Wipe(secret);
  CHECK(secret.empty());
  REQUIRE(secret.data() == bytes);
  // The string still owns them: growing to its capacity shows what Wipe() left.
  CHECK(std::find(bytes, bytes + 100, 's') == bytes + 100);
  CHECK(secret.capacity() == capacity);
}

}  // namespace
}  // namespace audiodl
