// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a worker tells the fetcher: "these bytes of this object are needed". One want is one
// datagram on a SEQPACKET socket, so wants of many workers never mix, and they queue while no
// fetcher runs. A want may be sent any number of times. Pure values; any thread.

#ifndef AUDIODL_COMMON_FETCH_WANT_H_
#define AUDIODL_COMMON_FETCH_WANT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/cache/object_id.h"

namespace audiodl {

enum class WantKind : uint8_t {
  kInfo = 1,   // make the object's header known (for HEAD); fetch no bytes
  kBytes = 2,  // fetch [offset, offset + length)
  kVerify =
      3,  // the listing's marker is newer: ask the origin whether this is still the generation
  kRelease = 4,  // the follower has gone, or has all it wanted
  kTouch = 5,    // a hit: nothing is needed, but the object is in use
};

struct Want {
  WantKind kind = WantKind::kBytes;
  uint64_t store = 0;  // StoreConfig::id
  uint64_t offset = 0;
  uint64_t length = kToTheEnd;
  uint64_t follower = 0;  // who wants it, unique on this machine; 0: nobody who would release it
  int64_t marker = 0;     // the listing marker's modification time, Unix nanoseconds
  uint32_t since =
      0;  // the bell's rings when the wait began: a failure posted later has answered it
  std::string key;

  static constexpr uint64_t kToTheEnd = UINT64_MAX;
};

inline constexpr size_t kMaxKeyBytes = 1024;  // S3's own limit
inline constexpr size_t kMaxWantBytes = 1200;

// REQUIRES: want.key is at most kMaxKeyBytes.
std::string EncodeWant(const Want& want);

// kInvalid: not a want of this version, or of impossible lengths. A fetcher newer or older than the
// worker drops such a datagram; the worker's own deadline answers the client.
Result<Want> DecodeWant(std::string_view datagram);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_WANT_H_
