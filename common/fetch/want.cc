// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/want.h"

#include <cassert>
#include <cstring>

#include "common/base/file_io.h"

namespace audiodl {
namespace {

constexpr uint32_t kWantMagic = 0x33574441;  // "ADW3"

struct WireWant {
  uint32_t magic;
  WantKind kind;
  uint8_t reserved;
  uint16_t key_length;
  uint64_t store;
  uint64_t offset;
  uint64_t length;
  uint64_t follower;
  int64_t marker;
  uint32_t since;
  uint32_t reserved2;
};
static_assert(sizeof(WireWant) == 56);
static_assert(sizeof(WireWant) + kMaxKeyBytes <= kMaxWantBytes);

bool IsKind(WantKind kind) { return kind >= WantKind::kInfo && kind <= WantKind::kTouch; }

}  // namespace

std::string EncodeWant(const Want& want) {
  assert(want.key.size() <= kMaxKeyBytes);
  const WireWant wire = {kWantMagic,
                         want.kind,
                         0,
                         static_cast<uint16_t>(want.key.size()),
                         want.store,
                         want.offset,
                         want.length,
                         want.follower,
                         want.marker,
                         want.since,
                         0};
  std::string datagram(BytesOf(wire));
  datagram += want.key;
  return datagram;
}

Result<Want> DecodeWant(std::string_view datagram) {
  WireWant wire;
  if (datagram.size() < sizeof wire) return Status::Invalid("a want that is too short");
  std::memcpy(&wire, datagram.data(), sizeof wire);
  if (wire.magic != kWantMagic) return Status::Invalid("a want of another version");
  if (!IsKind(wire.kind)) return Status::Invalid("a want of an unknown kind");
  const std::string_view key = datagram.substr(sizeof wire);
  if (key.empty() || key.size() > kMaxKeyBytes || key.size() != wire.key_length) {
    return Status::Invalid("a want with a key of a wrong length");
  }
  return Want{wire.kind,     wire.store,  wire.offset, wire.length,
              wire.follower, wire.marker, wire.since,  std::string(key)};
}

}  // namespace audiodl
