// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What is remembered of one decision: may the customer of this session hear this book? It lies in
// a cache that other processes, and with memcached or Redis other servers, read and write, so
// reading it is strict: whatever is not exactly what Encode() writes is no record.
//
// The bytes, numbers little-endian, times in microseconds since 1970:
//
//   0  1   0xd1, the format's version
//   1  1   1 entitled, 0 not
//   2  8   fresh until: up to then nobody is asked
//   10 8   proved at: when session and entitlement were both seen to be good; 0 for a refusal
//   18 8   expires: when the entitlement itself ends; the largest number where it does not
//   26 1   length of the customer
//   27 n   the customer
//
// A value: one thread at a time.

#ifndef AUDIODL_COMMON_ENTITLEMENT_DECISION_RECORD_H_
#define AUDIODL_COMMON_ENTITLEMENT_DECISION_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace audiodl {

// Microseconds since 1970, as httpd counts time.
using UnixMicros = int64_t;

inline constexpr UnixMicros kNeverExpires = std::numeric_limits<UnixMicros>::max();
inline constexpr UnixMicros kMicrosPerSecond = 1'000'000;

struct DecisionRecord {
  bool entitled = false;
  std::string customer;
  UnixMicros fresh_until = 0;
  UnixMicros proved_at = 0;
  UnixMicros expires = kNeverExpires;

  static constexpr size_t kMaxBytes = 27 + 255;

  std::string Encode() const;
  // Nothing for a customer that cannot be one, a number out of range, or a byte too few or many.
  static std::optional<DecisionRecord> Parse(std::string_view bytes);

  bool operator==(const DecisionRecord&) const = default;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_DECISION_RECORD_H_
