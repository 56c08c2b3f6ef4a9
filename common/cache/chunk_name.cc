// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/chunk_name.h"

#include <algorithm>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

Status CheckSegment(std::string_view segment) {
  if (segment.empty()) return Status::Invalid("an empty path segment");
  if (segment.front() == '.') return Status::Invalid("a path segment that begins with a dot");
  if (segment.size() > ChunkName::kMaxSegmentBytes) {
    return Status::Invalid("a path segment longer than 255 bytes");
  }
  return Status::Ok();
}

}  // namespace

Result<ChunkName> ChunkName::Parse(std::string_view path) {
  if (path.size() > kMaxPathBytes) return Status::Invalid("a path longer than 900 bytes");
  if (std::any_of(path.begin(), path.end(), IsControl)) {
    return Status::Invalid("a control character in the path");
  }
  const size_t last_slash = path.rfind('/');
  if (last_slash == std::string_view::npos) {
    return Status::Invalid("a path without a book: it must be BOOK/CHUNK");
  }
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (Status status = CheckSegment(path.substr(begin, end - begin)); !status.ok()) return status;
    begin = end + 1;
  }
  return ChunkName{std::string(path), std::string(path.substr(0, last_slash)),
                   std::string(path.substr(last_slash + 1))};
}

Result<ChunkName> ChunkName::FromUri(std::string_view uri, std::string_view prefix) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!uri.starts_with(prefix) || uri.size() == prefix.size() || uri[prefix.size()] != '/') {
    return Status::Invalid("a path outside of the download prefix");
  }
  const std::string_view path = uri.substr(prefix.size() + 1);
  if (path.empty()) return ChunkName();
  if (!path.ends_with('/')) return Parse(path);
  // A book could be called whatever stands before some chunk of it.
  Result<ChunkName> book = Parse(std::string(path) + "x");
  if (!book.ok()) return book;
  return ChunkName{std::string(path), std::move(book->book), ""};
}

}  // namespace audiodl
