// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/siphash.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// Of the reference implementation: key 00 01 .. 0f, text 00 01 02 ..
TEST_CASE("SipHash: the published vectors") {
  constexpr SipKey kKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  constexpr std::pair<size_t, uint64_t> kRows[] = {
      {0, 0x726fdb47dd0e0e31}, {1, 0x74f839c593dc67fd},  {7, 0xab0200f58b01d137},
      {8, 0x93f5f5799a932462}, {15, 0xa129ca6149be45e5}, {63, 0x958a324ceb064572},
  };
  std::string text;
  for (char c = 0; c < 64; ++c) text += c;
  for (const auto& [size, hash] : kRows) {
    CAPTURE(size);
    CHECK(SipHash(kKey, std::string_view(text).substr(0, size)) == hash);
  }
}

TEST_CASE("SipHash: another key, another hash") {
  const SipKey key = NewSipKey();
  CHECK(key != NewSipKey());
  CHECK(SipHash(key, "42") == SipHash(key, "42"));
  CHECK(SipHash(key, "42") != SipHash(key, "43"));
  CHECK(SipHash(key, "42") != SipHash(NewSipKey(), "42"));
}

}  // namespace
}  // namespace audiodl
