// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/crc32c.h"

#include <array>
#include <cstring>

namespace audiodl {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected

using Table = std::array<std::array<uint32_t, 256>, 8>;

// Eight tables let the portable loop take eight bytes a step ("slicing by 8").
constexpr Table MakeTable() {
  Table table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? kPolynomial : 0);
    table[0][i] = crc;
  }
  for (size_t slice = 1; slice < 8; ++slice) {
    for (uint32_t i = 0; i < 256; ++i) {
      const uint32_t previous = table[slice - 1][i];
      table[slice][i] = (previous >> 8) ^ table[0][previous & 0xff];
    }
  }
  return table;
}

constexpr Table kTable = MakeTable();

uint64_t LoadLittleEndian(const char* p) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t ExtendSse42(uint32_t crc, std::string_view data) {
  uint64_t state = ~crc;
  const char* p = data.data();
  size_t left = data.size();
  for (; left >= 8; p += 8, left -= 8) state = __builtin_ia32_crc32di(state, LoadLittleEndian(p));
  uint32_t tail = static_cast<uint32_t>(state);
  for (; left > 0; ++p, --left) tail = __builtin_ia32_crc32qi(tail, static_cast<unsigned char>(*p));
  return ~tail;
}
#endif

}  // namespace

namespace internal {

uint32_t Crc32cExtendPortable(uint32_t crc, std::string_view data) {
  uint32_t state = ~crc;
  const char* p = data.data();
  size_t left = data.size();
  for (; left >= 8; p += 8, left -= 8) {
    const uint64_t word = LoadLittleEndian(p) ^ state;
    state = 0;
    for (size_t i = 0; i < 8; ++i) state ^= kTable[7 - i][(word >> (8 * i)) & 0xff];
  }
  for (; left > 0; ++p, --left) {
    state = (state >> 8) ^ kTable[0][(state ^ static_cast<unsigned char>(*p)) & 0xff];
  }
  return ~state;
}

}  // namespace internal

uint32_t Crc32cExtend(uint32_t crc, std::string_view data) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ExtendSse42(crc, data);
#endif
  return internal::Crc32cExtendPortable(crc, data);
}

}  // namespace audiodl
