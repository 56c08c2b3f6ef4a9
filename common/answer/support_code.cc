// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/support_code.h"

#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <stdexcept>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static_assert(kAlphabet.size() == 32);

// What is read for a character that was typed; '\0': it belongs to no code.
char CanonicalOf(char c) {
  if (IsLower(c)) c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') return '0';
  if (c == 'I' || c == 'L') return '1';
  return kAlphabet.find(c) == std::string_view::npos ? '\0' : c;
}

}  // namespace

std::string NewSupportCode() {
  std::array<uint8_t, kSupportCodeLength> bytes;
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers");
  }
  std::string code;
  for (const uint8_t byte : bytes) code.push_back(kAlphabet[byte % kAlphabet.size()]);
  return code;
}

std::optional<std::string> ReadSupportCode(std::string_view text) {
  std::string code;
  for (const char c : Trim(text)) {
    if (c == '-' || c == ' ') continue;
    const char canonical = CanonicalOf(c);
    if (canonical == '\0' || code.size() == kSupportCodeLength) return std::nullopt;
    code.push_back(canonical);
  }
  if (code.size() != kSupportCodeLength) return std::nullopt;
  return code;
}

}  // namespace audiodl
