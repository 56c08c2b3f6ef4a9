// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/index_text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/book/manifest.h"

namespace audiodl {
namespace {

constexpr size_t kMarkersPerPart = 512;
constexpr size_t kMaxParts = 4096;

size_t PartCount(size_t lines) {
  size_t parts = 1;
  while (parts < kMaxParts && lines / parts > kMarkersPerPart) parts *= 2;
  return parts;
}

size_t PartOf(const std::string& book, size_t parts) {
  const Sha256Bytes hash = Sha256Of(book);
  return (size_t{hash[0]} << 8 | hash[1]) % parts;
}

void AppendBook(const std::string& name, const ListedBook& book, std::string& out) {
  out += "book " + name + "\n";
  for (const auto& [chunk, time] : book.markers) {
    out += "marker " + std::to_string(time) + " " + chunk + "\n";
  }
  for (const auto& [chunk, time] : book.withdrawn) {
    out += "withdrawn " + std::to_string(time) + " " + chunk + "\n";
  }
  if (book.manifest.empty()) return;
  out += "manifest " + std::to_string(book.manifest.size()) + "\n" + book.manifest + "\n";
}

// "marker 123 a b.mp3": its word, then the rest.
std::pair<std::string_view, std::string_view> Split(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return {line, {}};
  return {line.substr(0, blank), line.substr(blank + 1)};
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class PartReader {
 public:
  PartReader(std::string_view text, ListingContents& contents) : rest_(text), contents_(contents) {}

  Status Read() {
    while (!rest_.empty()) {
      const size_t end = rest_.find('\n');
      if (end == std::string_view::npos) return Wrong("is cut");
      ++line_;
      const std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (Status status = ReadLine(line); !status.ok()) return status;
    }
    return Status::Ok();
  }

 private:
  Status ReadLine(std::string_view line) {
    const auto [word, rest] = Split(line);
    if (word == "book") return BeginBook(rest);
    if (book_ == nullptr) return Wrong("stands before any book");
    if (word == "marker") return Add(rest, book_->markers);
    if (word == "withdrawn") return Add(rest, book_->withdrawn);
    if (word == "manifest") return TakeManifest(rest);
    return Wrong("begins with no word of this format");
  }

  Status BeginBook(std::string_view name) {
    if (!ChunkName::Parse(std::string(name) + "/x").ok()) return Wrong("names no book");
    const auto [place, is_new] = contents_.books.try_emplace(std::string(name));
    if (!is_new) return Wrong("repeats a book");
    name_ = name;
    book_ = &place->second;
    return Status::Ok();
  }

  Status Add(std::string_view rest, std::map<std::string, int64_t>& chunks) {
    const auto [time_text, chunk] = Split(rest);
    const std::optional<int64_t> time = Number(time_text);
    if (!time) return Wrong("has no time");
    const auto name = ChunkName::Parse(name_ + "/" + std::string(chunk));
    if (!name.ok() || name->chunk != chunk) return Wrong("names no chunk");
    if (!chunks.emplace(chunk, *time).second) return Wrong("repeats a chunk");
    return Status::Ok();
  }

  Status TakeManifest(std::string_view rest) {
    const std::optional<uint64_t> bytes = ParseDecimal(rest);
    if (!bytes || *bytes == 0 || *bytes > Manifest::kMaxBytes) return Wrong("has no length");
    if (*bytes >= rest_.size() || rest_[*bytes] != '\n') return Wrong("has another length");
    if (!book_->manifest.empty()) return Wrong("repeats a manifest");
    book_->manifest = rest_.substr(0, *bytes);
    rest_.remove_prefix(*bytes + 1);
    return Status::Ok();
  }

  Status Wrong(std::string_view what) const {
    return Status::Invalid("entry " + std::to_string(line_) + " " + std::string(what));
  }

  std::string_view rest_;
  ListingContents& contents_;
  size_t line_ = 0;
  std::string name_;
  ListedBook* book_ = nullptr;
};

}  // namespace

std::vector<std::string> IndexParts(const ListingContents& contents) {
  size_t lines = 0;
  for (const auto& [name, book] : contents.books) {
    lines += book.markers.size() + book.withdrawn.size();
  }
  std::vector<std::string> parts(PartCount(lines));
  for (const auto& [name, book] : contents.books) {
    if (book.Says()) AppendBook(name, book, parts[PartOf(name, parts.size())]);
  }
  return parts;
}

Status ReadIndexPart(std::string_view text, ListingContents& contents) {
  return PartReader(text, contents).Read();
}

}  // namespace audiodl
