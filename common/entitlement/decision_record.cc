// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/decision_record.h"

#include "common/session/customer_name.h"

namespace audiodl {
namespace {

constexpr char kVersion = '\xd1';
constexpr size_t kHeadBytes = 27;

void AppendNumber(std::string& out, UnixMicros number) {
  const auto bits = static_cast<uint64_t>(number);
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(bits >> shift & 0xff);
}

UnixMicros NumberAt(std::string_view bytes, size_t offset) {
  uint64_t bits = 0;
  for (int i = 7; i >= 0; --i) {
    bits = bits << 8 | static_cast<unsigned char>(bytes[offset + static_cast<size_t>(i)]);
  }
  return static_cast<UnixMicros>(bits);
}

}  // namespace

std::string DecisionRecord::Encode() const {
  std::string out;
  out.reserve(kHeadBytes + customer.size());
  out += kVersion;
  out += static_cast<char>(entitled ? 1 : 0);
  AppendNumber(out, fresh_until);
  AppendNumber(out, proved_at);
  AppendNumber(out, expires);
  out += static_cast<char>(customer.size());
  out += customer;
  return out;
}

std::optional<DecisionRecord> DecisionRecord::Parse(std::string_view bytes) {
  if (bytes.size() <= kHeadBytes || bytes[0] != kVersion) return std::nullopt;
  if (bytes[1] != 0 && bytes[1] != 1) return std::nullopt;
  if (bytes.size() != kHeadBytes + static_cast<unsigned char>(bytes[26])) return std::nullopt;
  DecisionRecord record;
  record.entitled = bytes[1] == 1;
  record.fresh_until = NumberAt(bytes, 2);
  record.proved_at = NumberAt(bytes, 10);
  record.expires = NumberAt(bytes, 18);
  record.customer = bytes.substr(kHeadBytes);
  const bool possible = record.fresh_until >= 0 && record.proved_at >= 0 && record.expires >= 0 &&
                        IsCustomerName(record.customer);
  if (!possible || (record.entitled != (record.proved_at > 0))) return std::nullopt;
  return record;
}

}  // namespace audiodl
