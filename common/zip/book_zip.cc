// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/zip/book_zip.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "common/base/text.h"
#include "common/http/file_name.h"

namespace audiodl {
namespace {

std::string_view EndingOf(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : file_name.substr(dot);
}

// Names within one folder. Windows and macOS take names that differ in case for the same.
class Names {
 public:
  explicit Names(const std::vector<BookPart>& parts)
      : titled_(std::any_of(parts.begin(), parts.end(),
                            [](const BookPart& part) { return !part.details->title.empty(); })),
        width_(std::max<size_t>(2, std::to_string(parts.size()).size())) {}

  // REQUIRES: the part has details; `place` counts from 1.
  std::string NameOf(const BookPart& part, size_t place) {
    const std::string wanted = titled_ ? Numbered(part, place) : part.name;
    std::string name = SafeFileName(wanted);
    for (int copy = 2; !taken_.insert(ToLower(name)).second; ++copy) {
      name = SafeFileName(Copy(wanted, copy));
    }
    return name;
  }

 private:
  // Where only some have titles the numbers keep the others in their places.
  std::string Numbered(const BookPart& part, size_t place) const {
    const std::string number = std::to_string(place);
    const std::string zeros(width_ - std::min(width_, number.size()), '0');
    const std::string& title = part.details->title;
    const std::string_view ending = EndingOf(part.name);
    return zeros + number + " - " + (title.empty() ? part.name : title + std::string(ending));
  }

  static std::string Copy(const std::string& name, int copy) {
    const std::string_view ending = EndingOf(name);
    const std::string stem = name.substr(0, std::min(name.size() - ending.size(), kStemBytes));
    return stem + " (" + std::to_string(copy) + ")" + std::string(ending);
  }

  static constexpr size_t kStemBytes = 200;  // so that the number is not cut off

  const bool titled_;
  const size_t width_;
  std::unordered_set<std::string> taken_;  // in lower case
};

Status CheckDetails(const BookPart& part) {
  const std::string name = "\"" + Printable(part.name) + "\"";
  if (part.details == nullptr) {
    return Status(Code::kNotFound, "the book's manifest does not name " + name +
                                       ": publish the book again (audiodl publish)");
  }
  const char* missing = !part.details->size          ? "size"
                        : part.details->etag.empty() ? "etag"
                        : !part.details->crc32       ? "crc32"
                                                     : nullptr;
  if (missing == nullptr) return Status::Ok();
  return Status(Code::kNotFound, std::string("the book's manifest does not say the ") + missing +
                                     " of " + name + ": publish the book again (audiodl publish)");
}

ZipEntry EntryOf(const BookPart& part, std::string name) {
  const ManifestChunk& details = *part.details;
  return {std::move(name), *details.size, *details.crc32, details.modified,
          details.etag + "\n" + details.sha256};
}

}  // namespace

std::string BookFileName(std::string_view book, const Manifest* manifest) {
  if (manifest != nullptr && !manifest->title.empty()) return SafeFileName(manifest->title);
  return SafeFileName(book.substr(book.rfind('/') + 1));
}

Status CheckBookZip(const Manifest* manifest, const std::vector<BookPart>& parts) {
  if (manifest == nullptr) {
    return Status(Code::kNotFound,
                  "the book has no manifest, which says sizes and checksums: publish the book with "
                  "audiodl publish, which writes one");
  }
  for (const BookPart& part : parts) {
    if (Status status = CheckDetails(part); !status.ok()) return status;
  }
  return Status::Ok();
}

Result<BookZip> MakeBookZip(std::string_view book, const Manifest* manifest,
                            const std::vector<BookPart>& parts) {
  if (Status status = CheckBookZip(manifest, parts); !status.ok()) return status;
  Names names(parts);
  const std::string folder = BookFileName(book, manifest) + "/";
  std::vector<ZipEntry> entries;
  std::optional<int64_t> last_modified;
  for (const BookPart& part : parts) {
    entries.push_back(EntryOf(part, folder + names.NameOf(part, entries.size() + 1)));
    last_modified = std::max(last_modified, part.details->modified);
  }
  Result<ZipLayout> layout = ZipLayout::Make(std::move(entries));
  if (!layout.ok()) return layout.status();
  return BookZip{std::move(layout).value(), last_modified};
}

}  // namespace audiodl
