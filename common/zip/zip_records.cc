// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/zip/zip_records.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace audiodl {
namespace {

// In the place of a number that stands in a Zip64 field instead.
constexpr uint32_t kElsewhere32 = 0xffffffff;
constexpr uint16_t kElsewhere16 = 0xffff;

constexpr uint16_t kVersion = 20;
constexpr uint16_t kVersionZip64 = 45;
constexpr uint16_t kMadeByUnix = 3 << 8;
constexpr uint32_t kReadableFile = 0100644u << 16;  // st_mode, in the upper half
constexpr uint16_t kNameIsUtf8 = 1 << 11;
constexpr uint16_t kStored = 0;
constexpr uint16_t kZip64Field = 0x0001;
constexpr uint16_t kTimeField = 0x5455;

// Little-endian numbers, one after the other.
class Record {
 public:
  Record& U16(uint64_t value) { return Put(value, 2); }
  Record& U32(uint64_t value) { return Put(value, 4); }
  Record& U64(uint64_t value) { return Put(value, 8); }
  // A number, or what says that it is too large for here.
  Record& U32OrElsewhere(uint64_t value) { return U32(std::min<uint64_t>(value, kElsewhere32)); }
  Record& U16OrElsewhere(uint64_t value) { return U16(std::min<uint64_t>(value, kElsewhere16)); }
  Record& Bytes(std::string_view text) {
    text_ += text;
    return *this;
  }

  size_t size() const { return text_.size(); }
  std::string& text() { return text_; }

 private:
  Record& Put(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_ += static_cast<char>(value >> 8 * i);
    return *this;
  }

  std::string text_;
};

bool IsTooLarge(uint64_t value) { return value >= kElsewhere32; }

// Info-ZIP's extended timestamp: only the modification time.
void AddTimeField(const ZipEntry& entry, Record& extra) {
  using Limits = std::numeric_limits<int32_t>;
  if (!entry.modified || *entry.modified < 0 || *entry.modified > Limits::max()) return;
  extra.U16(kTimeField).U16(5).Bytes("\x01").U32(static_cast<uint64_t>(*entry.modified));
}

// Section 4.5.3: a local header's has both sizes.
std::string LocalExtra(const ZipEntry& entry) {
  Record extra;
  if (IsTooLarge(entry.size)) extra.U16(kZip64Field).U16(16).U64(entry.size).U64(entry.size);
  AddTimeField(entry, extra);
  return std::move(extra.text());
}

// A row's has only what does not fit into the row, in this order.
std::string RowExtra(const ZipEntry& entry, uint64_t offset) {
  Record zip64;
  if (IsTooLarge(entry.size)) zip64.U64(entry.size).U64(entry.size);
  if (IsTooLarge(offset)) zip64.U64(offset);
  Record extra;
  if (zip64.size() > 0) extra.U16(kZip64Field).U16(zip64.size()).Bytes(zip64.text());
  AddTimeField(entry, extra);
  return std::move(extra.text());
}

// What a local header and a row have in common, up to the lengths of name and extra field. Both
// sizes are the same: nothing is compressed.
void AddFacts(const ZipEntry& entry, uint16_t version, size_t extra_bytes, Record& record) {
  record.U16(version).U16(kNameIsUtf8).U16(kStored).U32(DosTime(entry.modified.value_or(0)));
  record.U32(entry.crc32).U32OrElsewhere(entry.size).U32OrElsewhere(entry.size);
  record.U16(entry.name.size()).U16(extra_bytes);
}

}  // namespace

uint32_t DosTime(int64_t unix_seconds) {
  using std::chrono::sys_days;
  using std::chrono::sys_seconds;
  constexpr sys_seconds kFirst = sys_days(std::chrono::year(1980) / 1 / 1);
  constexpr sys_seconds kLast = sys_days(std::chrono::year(2108) / 1 / 1) - std::chrono::seconds(2);
  const sys_seconds time =
      std::clamp(sys_seconds(std::chrono::seconds(unix_seconds)), kFirst, kLast);
  const sys_days day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto years = static_cast<uint32_t>(static_cast<int>(date.year()) - 1980);
  const uint32_t dos_date =
      years << 9 | static_cast<unsigned>(date.month()) << 5 | static_cast<unsigned>(date.day());
  const auto dos_clock = static_cast<uint32_t>(
      clock.hours().count() << 11 | clock.minutes().count() << 5 | clock.seconds().count() / 2);
  return dos_date << 16 | dos_clock;
}

std::string ZipLocalHeader(const ZipEntry& entry) {
  const std::string extra = LocalExtra(entry);
  Record record;
  record.U32(0x04034b50);
  AddFacts(entry, IsTooLarge(entry.size) ? kVersionZip64 : kVersion, extra.size(), record);
  record.Bytes(entry.name).Bytes(extra);
  return std::move(record.text());
}

std::string ZipDirectoryRow(const ZipEntry& entry, uint64_t offset) {
  const bool zip64 = IsTooLarge(entry.size) || IsTooLarge(offset);
  const uint16_t version = zip64 ? kVersionZip64 : kVersion;
  const std::string extra = RowExtra(entry, offset);
  Record record;
  record.U32(0x02014b50).U16(kMadeByUnix | version);
  AddFacts(entry, version, extra.size(), record);
  record.U16(0).U16(0).U16(0);  // no comment, the first disk, no text
  record.U32(kReadableFile).U32OrElsewhere(offset).Bytes(entry.name).Bytes(extra);
  return std::move(record.text());
}

std::string ZipEnd(uint64_t rows, uint64_t directory_bytes, uint64_t directory_offset) {
  Record record;
  if (rows >= kElsewhere16 || IsTooLarge(directory_bytes) || IsTooLarge(directory_offset)) {
    // The end of the directory as Zip64 has it, and behind it where to find it.
    record.U32(0x06064b50).U64(44).U16(kMadeByUnix | kVersionZip64).U16(kVersionZip64);
    record.U32(0).U32(0).U64(rows).U64(rows).U64(directory_bytes).U64(directory_offset);
    record.U32(0x07064b50).U32(0).U64(directory_offset + directory_bytes).U32(1);
  }
  record.U32(0x06054b50).U16(0).U16(0).U16OrElsewhere(rows).U16OrElsewhere(rows);
  record.U32OrElsewhere(directory_bytes).U32OrElsewhere(directory_offset).U16(0);
  return std::move(record.text());
}

}  // namespace audiodl
