// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/zip/crc32.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Crc32: the check value of ISO 3309, and of nothing") {
  CHECK(Crc32("123456789") == 0xcbf43926);
  CHECK(Crc32("") == 0);
}

TEST_CASE("Crc32: in pieces, in order or not, as in one") {
  std::string data(100'003, '\0');
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * i / 7);
  const uint32_t whole = Crc32(data);
  const std::string_view text = data;
  for (const size_t at : {size_t{0}, size_t{1}, size_t{65'536}, data.size()}) {
    CHECK(Crc32Extend(Crc32(text.substr(0, at)), text.substr(at)) == whole);
    CHECK(Crc32Combine(Crc32(text.substr(0, at)), Crc32(text.substr(at)), data.size() - at) ==
          whole);
  }
}

TEST_CASE("Crc32: what is combined may be longer than 4 GiB") {
  uint32_t zeros = Crc32(std::string(1 << 20, '\0'));
  for (uint64_t length = 1 << 20; length < uint64_t{1} << 33; length *= 2) {
    zeros = Crc32Combine(zeros, zeros, length);
  }
  CHECK(zeros == 0x41d912ff);  // of 2^33 zero bytes, by Python's zlib
}

}  // namespace
}  // namespace audiodl
