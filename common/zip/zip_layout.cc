// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/zip/zip_layout.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/zip/zip_records.h"

namespace audiodl {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 62;
constexpr size_t kMaxNameBytes = 0xffff;

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = Utf8Length(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

// Section 4.4.17: no drive, no leading slash, forward slashes alone. The rest is what unpacks
// nowhere but below the folder in which it is unpacked.
bool IsGoodName(std::string_view name) {
  if (name.size() > kMaxNameBytes || !IsUtf8(name)) return false;
  if (name.find_first_of(std::string_view("\\:\0", 3)) != std::string_view::npos) return false;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view segment = name.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == "..") return false;
    begin = end + 1;
  }
  return true;
}

Status CheckEntries(const std::vector<ZipEntry>& entries) {
  std::unordered_set<std::string_view> names;
  uint64_t bytes = 0;
  for (const ZipEntry& entry : entries) {
    const std::string called = "the entry \"" + Printable(entry.name) + "\"";
    if (!IsGoodName(entry.name)) return Status::Invalid(called + " has a name that is no path");
    if (!names.insert(entry.name).second) return Status::Invalid(called + " is there twice");
    if (entry.size == 0 && entry.crc32 != 0) {
      return Status::Invalid(called + " is empty, and so its CRC-32 cannot be another than 0");
    }
    if (entry.size > kMaxBytes - bytes) return Status::Invalid(called + " makes the zip too large");
    bytes += entry.size;
  }
  return Status::Ok();
}

// The part of `wanted` that lies in [at, at + length), counted from `at`.
ByteRange Overlap(const ByteRange& wanted, uint64_t at, uint64_t length) {
  const uint64_t begin = std::max(wanted.offset, at);
  const uint64_t end = std::min(wanted.offset + wanted.length, at + length);
  return begin < end ? ByteRange{begin - at, end - begin} : ByteRange{};
}

void AddLiteral(const ByteRange& wanted, uint64_t at, std::string_view literal,
                std::vector<ZipPiece>& pieces) {
  const ByteRange part = Overlap(wanted, at, literal.size());
  if (part.length > 0) pieces.push_back({{}, literal.substr(part.offset, part.length), {}});
}

}  // namespace

Result<ZipLayout> ZipLayout::Make(std::vector<ZipEntry> entries) {
  if (Status status = CheckEntries(entries); !status.ok()) return status;
  ZipLayout zip;
  zip.entries_ = std::move(entries);
  uint64_t offset = 0;
  for (const ZipEntry& entry : zip.entries_) {
    const std::string head = ZipLocalHeader(entry);
    zip.places_.push_back({zip.heads_.size(), head.size(), offset});
    zip.directory_ += ZipDirectoryRow(entry, offset);
    zip.heads_ += head;
    offset += head.size() + entry.size;
  }
  zip.directory_ += ZipEnd(zip.entries_.size(), zip.directory_.size(), offset);
  zip.size_ = offset + zip.directory_.size();
  return zip;
}

std::string_view ZipLayout::HeadOf(const Place& place) const {
  return std::string_view(heads_).substr(place.head, place.head_bytes);
}

std::vector<ZipPiece> ZipLayout::Pieces(const ByteRange& range) const {
  std::vector<ZipPiece> pieces;
  const uint64_t end = range.offset + range.length;
  const auto after =
      std::upper_bound(places_.begin(), places_.end(), range.offset,
                       [](uint64_t offset, const Place& place) { return offset < place.offset; });
  auto place = after == places_.begin() ? after : std::prev(after);
  for (; place != places_.end() && place->offset < end; ++place) {
    AddLiteral(range, place->offset, HeadOf(*place), pieces);
    const auto entry = static_cast<size_t>(place - places_.begin());
    const ByteRange content =
        Overlap(range, place->offset + place->head_bytes, entries_[entry].size);
    if (content.length > 0) pieces.push_back({entry, {}, content});
  }
  AddLiteral(range, size_ - directory_.size(), directory_, pieces);
  return pieces;
}

std::string ZipLayout::EntityTag() const {
  // The headers hold names, sizes, CRCs and times; the sizes in between keep identities apart.
  Sha256 digest;
  digest.Update(heads_);
  digest.Update(directory_);
  for (const ZipEntry& entry : entries_) {
    digest.Update(std::to_string(entry.identity.size()) + ":" + entry.identity);
  }
  return "\"zip-" + HexEncode(digest.Final()).substr(0, 40) + "\"";
}

}  // namespace audiodl
