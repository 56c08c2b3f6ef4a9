// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/link/base64url.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::span<const uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// RFC 4648 section 10, and bytes that use the last two characters.
constexpr struct {
  std::string_view bytes, common, url;
} kPairs[] = {{"", "", ""},
              {"f", "Zg==", "Zg"},
              {"fo", "Zm8=", "Zm8"},
              {"foo", "Zm9v", "Zm9v"},
              {"foob", "Zm9vYg==", "Zm9vYg"},
              {"fooba", "Zm9vYmE=", "Zm9vYmE"},
              {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
              {"\xfb\xff\xfe", "+//+", "-__-"}};

TEST_CASE("Base64: the RFC's examples in both forms") {
  for (const auto& pair : kPairs) {
    CAPTURE(pair.common);
    CHECK(Base64Text(Bytes(pair.bytes)) == pair.common);
    CHECK(Base64UrlText(Bytes(pair.bytes)) == pair.url);
    CHECK(Base64Bytes(pair.common) == std::string(pair.bytes));
  }
}

TEST_CASE("Base64: only what the encoder writes is read") {
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "=", "====", "Zm9v\n", " Zm9v", "Zm 9v",
        "-__-", "Zg==Zg==", "Zm9v*mFy", "\xc3\xa4=="}) {
    CAPTURE(text);
    CHECK_FALSE(Base64Bytes(text).has_value());
  }
}

TEST_CASE("Base64: every byte comes back") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(static_cast<char>(byte));
    CHECK(Base64Bytes(Base64Text(Bytes(all))) == all);
  }
}

}  // namespace
}  // namespace audiodl
