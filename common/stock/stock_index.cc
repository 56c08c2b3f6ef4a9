// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/stock_index.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "common/base/dates.h"
#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/link/base64url.h"
#include "common/stock/gzip.h"
#include "common/stock/index_text.h"

namespace audiodl {
namespace {

constexpr std::string_view kFirstLine = "audiodl-index 1\n";
constexpr std::string_view kAnyFirstLine = "audiodl-index ";
constexpr std::string_view kFolder = ".audiodl/";
constexpr size_t kSha256Digits = 64;
constexpr size_t kMaxParts = 4096;

std::string HashOf(std::string_view bytes) { return HexEncode(Sha256Of(bytes)); }

std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string SignedLines(const StockIndex& index) {
  const auto created = std::chrono::sys_seconds(std::chrono::seconds(index.created));
  std::string text(kFirstLine);
  text += "stock " + index.stock + "\n";
  text += "serial " + std::to_string(index.serial) + "\n";
  text += "created " + FormatIsoDate(created) + "\n";
  text += "markers " + std::to_string(index.markers) + "\n";
  text += "forced " + std::to_string(index.forced) + "\n";
  for (const IndexPart& part : index.parts) {
    text += "part " + part.sha256 + " " + std::to_string(part.bytes) +
            (part.is_inline ? " inline\n" : " stored\n");
  }
  return text;
}

bool IsSha256(std::string_view text) {
  return text.size() == kSha256Digits && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

Status NotAnIndex(std::string_view what) {
  return Status::Invalid("the index " + std::string(what));
}

// Takes the text before `end` off, and `end`. None where that does not come.
std::optional<std::string_view> TakeUpTo(std::string_view& text, std::string_view end) {
  const size_t place = text.find(end);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, place);
  text.remove_prefix(place + end.size());
  return taken;
}

// What is signed, by whom, and what follows it.
struct Envelope {
  std::string_view lines;
  std::string_view key_id;
  std::string signature;
  std::string_view tail;
};

Result<Envelope> OpenEnvelope(std::string_view object) {
  constexpr std::string_view kSigned = "\nsigned ";
  const size_t place = object.find(kSigned);
  if (place == std::string_view::npos) return NotAnIndex("is not signed, or is cut");
  Envelope envelope;
  envelope.lines = object.substr(0, place + 1);
  object.remove_prefix(place + kSigned.size());
  std::optional<std::string_view> line = TakeUpTo(object, "\n");
  if (!line) return NotAnIndex("is cut");
  const std::optional<std::string_view> id = TakeUpTo(*line, " ");
  std::optional<std::string> signature = Base64Bytes(*line);
  if (!id || !signature) return NotAnIndex("has no signature that can be read");
  envelope.key_id = *id;
  envelope.signature = std::move(*signature);
  envelope.tail = object;
  return envelope;
}

// Reads the lines that were signed, in their order.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  // The rest of the next line, which must begin with that word.
  std::string_view Take(std::string_view word) {
    std::string_view after = rest_;
    const std::optional<std::string_view> line = TakeUpTo(after, "\n");
    if (!line || !line->starts_with(std::string(word) + " ")) {
      if (wrong_.empty()) wrong_ = word;
      return {};
    }
    rest_ = after;
    return line->substr(word.size() + 1);
  }
  uint64_t Number(std::string_view word) {
    const std::optional<uint64_t> number = ParseDecimal(Take(word));
    if (!number && wrong_.empty()) wrong_ = word;
    return number.value_or(0);
  }
  Status Outcome() const {
    return wrong_.empty() ? Status::Ok() : NotAnIndex("lacks \"" + wrong_ + "\", or has it wrong");
  }

 private:
  std::string_view rest_;
  std::string wrong_;
};

Result<IndexPart> ReadPart(std::string_view line) {
  const std::optional<std::string_view> hash = TakeUpTo(line, " ");
  const std::optional<std::string_view> bytes = TakeUpTo(line, " ");
  const uint64_t size = ParseDecimal(bytes.value_or("")).value_or(UINT64_MAX);
  if (!hash || !IsSha256(*hash) || size > StockIndex::kMaxPartBytes ||
      (line != "inline" && line != "stored")) {
    return NotAnIndex("has a part that is none");
  }
  return IndexPart{std::string(*hash), size, line == "inline"};
}

Result<StockIndex> ReadLines(std::string_view text) {
  LineReader lines(text.substr(kFirstLine.size()));
  StockIndex index;
  index.stock = lines.Take("stock");
  index.serial = lines.Number("serial");
  const auto created = ParseIsoDate(lines.Take("created"));
  index.created = created.ok() ? created->time_since_epoch().count() : 0;
  index.markers = lines.Number("markers");
  index.forced = lines.Number("forced");
  while (lines.Outcome().ok() && !lines.done()) {
    const std::string_view line = lines.Take("part");
    if (!lines.Outcome().ok()) break;
    Result<IndexPart> part = ReadPart(line);
    if (!part.ok()) return part.status();
    index.parts.push_back(std::move(part).value());
  }
  if (Status status = lines.Outcome(); !status.ok()) return status;
  if (index.parts.size() > kMaxParts) return NotAnIndex("has too many parts");
  return index;
}

Status TakeInlineParts(std::string_view tail, StockIndex& index) {
  for (const IndexPart& part : index.parts) {
    if (!part.is_inline) continue;
    const std::string_view bytes = tail.substr(0, part.bytes);
    if (bytes.size() != part.bytes || HashOf(bytes) != part.sha256) {
      return NotAnIndex("is cut or damaged behind its signature");
    }
    index.inline_parts.emplace(part.sha256, bytes);
    tail.remove_prefix(bytes.size());
  }
  return tail.empty() ? Status::Ok() : NotAnIndex("has something behind its end");
}

}  // namespace

std::string StockIndex::Signed(const IndexSigningKey& key) const {
  std::string object = SignedLines(*this);
  const std::string signature = key.Sign(object);
  object += "signed " + key.id() + " " + Base64Text(AsBytes(signature)) + "\n";
  for (const IndexPart& part : parts) {
    if (part.is_inline) object += inline_parts.at(part.sha256);
  }
  return object;
}

Result<StockIndex> StockIndex::Open(std::string_view object, const IndexVerifyKeys& keys) {
  if (!object.starts_with(kAnyFirstLine)) return NotAnIndex("is something else");
  const Result<Envelope> envelope = OpenEnvelope(object);
  if (!envelope.ok()) return envelope.status();
  if (Status status = keys.Verify(envelope->key_id, envelope->lines, envelope->signature);
      !status.ok()) {
    return Status(status.code(), "the index is not believed: " + status.text());
  }
  if (!object.starts_with(kFirstLine)) {
    return NotAnIndex("is of a later format: update audiodl on this server");
  }
  Result<StockIndex> index = ReadLines(envelope->lines);
  if (!index.ok()) return index;
  if (Status status = TakeInlineParts(envelope->tail, *index); !status.ok()) return status;
  return index;
}

PackedListing PackListing(const ListingContents& contents, std::string stock) {
  PackedListing packed;
  packed.index.stock = std::move(stock);
  packed.index.markers = contents.MarkerCount();
  std::map<std::string, std::string> bytes_of;
  uint64_t total = 0;
  for (const std::string& text : IndexParts(contents)) {
    std::string bytes = Gzip(text);
    std::string hash = HashOf(bytes);
    total += bytes.size();
    packed.index.parts.push_back({hash, bytes.size(), false});
    bytes_of.emplace(std::move(hash), std::move(bytes));
  }
  const bool fits = total <= StockIndex::kMaxInlineBytes;
  for (IndexPart& part : packed.index.parts) part.is_inline = fits;
  (fits ? packed.index.inline_parts : packed.stored) = std::move(bytes_of);
  return packed;
}

Status UnpackPart(const IndexPart& part, std::string_view bytes, ListingContents& contents) {
  if (bytes.size() != part.bytes || HashOf(bytes) != part.sha256) {
    return Status(Code::kCorrupt, "a part of the index is damaged");
  }
  const Result<std::string> text = Gunzip(bytes, StockIndex::kMaxUnpackedPart);
  if (!text.ok()) return NotAnIndex("has a part that cannot be read: " + text.status().text());
  const Status read = ReadIndexPart(*text, contents);
  return read.ok() ? read : NotAnIndex("has a part that cannot be read: " + read.text());
}

std::string StockName(const Origin& origin) {
  if (origin.kind == Origin::Kind::kFile) return "file://" + origin.prefix;
  return "s3://" + origin.bucket + (origin.prefix.empty() ? "" : "/" + origin.prefix);
}

std::string IndexKeyOf(const Origin& origin) {
  return origin.KeyFor(std::string(kFolder) + "index");
}

std::string PartKeyOf(const Origin& origin, std::string_view sha256) {
  return origin.KeyFor(std::string(kFolder) + "parts/" + std::string(sha256));
}

}  // namespace audiodl
