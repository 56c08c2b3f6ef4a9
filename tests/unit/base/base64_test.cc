// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/base64.h"

#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::string Encode(std::string_view text) {
  return Base64Encode({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

TEST_CASE("Base64Encode: RFC 4648's own examples") {
  CHECK(Encode("").empty());
  CHECK(Encode("f") == "Zg==");
  CHECK(Encode("fo") == "Zm8=");
  CHECK(Encode("foo") == "Zm9v");
  CHECK(Encode("foob") == "Zm9vYg==");
  CHECK(Encode("\xfb\xff") == "+/8=");
}

}  // namespace
}  // namespace audiodl
