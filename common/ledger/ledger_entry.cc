// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_entry.h"

#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "common/base/digest.h"
#include "common/base/file_io.h"

namespace audiodl {
namespace {

// Each text with its length before it, so that no two items give the same bytes.
void AppendText(std::string& bytes, std::string_view text) {
  bytes += BytesOf(static_cast<uint32_t>(text.size()));
  bytes += text;
}

std::string EncodeItem(const LedgerItem& item) {
  std::string bytes;
  for (const std::string* text : {&item.customer, &item.book, &item.chunk, &item.generation}) {
    AppendText(bytes, *text);
  }
  bytes += BytesOf(item.size);
  return bytes;
}

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : left_(bytes) {}

  template <typename T>
  bool Take(T& value) {
    static_assert(std::is_integral_v<T>);
    if (left_.size() < sizeof value) return false;
    std::memcpy(&value, left_.data(), sizeof value);
    left_.remove_prefix(sizeof value);
    return true;
  }
  bool Take(std::string& text) {
    uint32_t size = 0;
    if (!Take(size) || left_.size() < size) return false;
    text = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }
  bool at_end() const { return left_.empty(); }

 private:
  std::string_view left_;
};

}  // namespace

std::string LedgerItem::Key() const {
  const Sha256Bytes digest = Sha256Of(EncodeItem(*this));
  return HexEncode(std::span(digest).first(16));
}

std::string EncodeLedgerEntry(const LedgerEntry& entry) {
  std::string bytes = EncodeItem(entry.item);
  bytes += BytesOf(entry.at);
  AppendText(bytes, entry.parts.Text());
  return bytes;
}

Result<LedgerEntry> DecodeLedgerEntry(std::string_view bytes) {
  Cursor cursor(bytes);
  LedgerEntry entry;
  LedgerItem& item = entry.item;
  std::string parts;
  const bool taken = cursor.Take(item.customer) && cursor.Take(item.book) &&
                     cursor.Take(item.chunk) && cursor.Take(item.generation) &&
                     cursor.Take(item.size) && cursor.Take(entry.at) && cursor.Take(parts) &&
                     cursor.at_end();
  if (!taken) return Status(Code::kCorrupt, "a ledger entry is malformed");
  Result<DeliveredParts> parsed = DeliveredParts::Parse(parts);
  if (!parsed.ok()) return Status(Code::kCorrupt, parsed.status().text());
  entry.parts = std::move(parsed).value();
  return entry;
}

}  // namespace audiodl
