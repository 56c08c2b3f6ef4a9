// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/index_record.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "common/base/crc32c.h"
#include "common/base/file_io.h"

namespace audiodl {
namespace {

constexpr std::string_view kMagic = "AXR1";

struct WireRecord {
  char magic[4];
  uint32_t crc;
  uint16_t length;
  RecordKind kind;
  uint8_t reserved;
  uint16_t origin_length;
  uint16_t reserved2;
  int64_t time;
  uint64_t value;
  ObjectId id;
};
static_assert(sizeof(WireRecord) == 64);
constexpr size_t kCheckedFrom = 8;

bool IsKind(RecordKind kind) { return kind >= RecordKind::kBasis && kind <= RecordKind::kPinned; }

bool IsWhole(const WireRecord& wire, std::string_view log) {
  if (log.size() < sizeof wire || wire.length < sizeof wire || wire.length > log.size()) {
    return false;
  }
  if (wire.length > kMaxRecordBytes || !IsKind(wire.kind)) return false;
  if (wire.origin_length > wire.length - sizeof wire) return false;
  return wire.crc == Crc32c(log.substr(kCheckedFrom, wire.length - kCheckedFrom));
}

void SkipToMagic(std::string_view& log) {
  const size_t next = log.find(kMagic, 1);
  log.remove_prefix(std::min(next, log.size()));
}

}  // namespace

std::string EncodeRecord(const IndexRecord& record) {
  const size_t length = sizeof(WireRecord) + record.origin.size() + record.key.size();
  assert(length <= kMaxRecordBytes);
  WireRecord wire{};
  std::memcpy(wire.magic, kMagic.data(), kMagic.size());
  wire.length = static_cast<uint16_t>(length);
  wire.kind = record.kind;
  wire.origin_length = static_cast<uint16_t>(record.origin.size());
  wire.time = record.time;
  wire.value = record.value;
  wire.id = record.id;
  std::string bytes(BytesOf(wire));
  bytes += record.origin;
  bytes += record.key;
  wire.crc = Crc32c(std::string_view(bytes).substr(kCheckedFrom));
  std::memcpy(bytes.data(), &wire, sizeof wire);
  return bytes;
}

Result<IndexRecord> TakeRecord(std::string_view& log) {
  WireRecord wire{};
  std::memcpy(&wire, log.data(), std::min(log.size(), sizeof wire));
  if (!log.starts_with(kMagic) || !IsWhole(wire, log)) {
    SkipToMagic(log);
    return Status(Code::kCorrupt, "a damaged record");
  }
  const std::string_view text = log.substr(sizeof wire, wire.length - sizeof wire);
  log.remove_prefix(wire.length);
  return IndexRecord{wire.kind,
                     wire.id,
                     wire.time,
                     wire.value,
                     std::string(text.substr(0, wire.origin_length)),
                     std::string(text.substr(wire.origin_length))};
}

}  // namespace audiodl
