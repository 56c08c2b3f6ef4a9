// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/crc32c.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Crc32c: the examples of RFC 3720, B.4") {
  std::string up, down;
  for (int i = 0; i < 32; ++i) up.push_back(static_cast<char>(i));
  for (int i = 31; i >= 0; --i) down.push_back(static_cast<char>(i));
  CHECK(Crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(Crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(Crc32c(up) == 0x46dd794e);
  CHECK(Crc32c(down) == 0x113fdb5c);
  CHECK(Crc32c("123456789") == 0xe3069283);
  CHECK(Crc32c("") == 0);
}

TEST_CASE("Crc32c: pieces of any length add up, and both implementations agree") {
  std::string data;
  for (int i = 0; i < 3000; ++i) data.push_back(static_cast<char>((i * 7919) >> 3));
  const uint32_t whole = Crc32c(data);
  for (size_t cut = 0; cut <= 40; ++cut) {
    const std::string_view view = data;
    CHECK(Crc32cExtend(Crc32c(view.substr(0, cut)), view.substr(cut)) == whole);
    CHECK(internal::Crc32cExtendPortable(0, view.substr(cut)) == Crc32c(view.substr(cut)));
  }
}

}  // namespace
}  // namespace audiodl
