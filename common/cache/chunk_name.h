// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which chunk a URL means. A ChunkName is what the listing, the origin's key and the entitlement
// query are given, so it is validated once, here, before anything looks at it. Pure; any thread.
//
//   ChunkName::FromUri("/download/fantasy/dune/01.mp3", "/download")
//     -> path "fantasy/dune/01.mp3", book "fantasy/dune", chunk "01.mp3"
//
// A URL may also mean a book as a whole, or all books of a customer: "/download/fantasy/dune/" and
// "/download/". These have no chunk, the last one no book either.

#ifndef AUDIODL_COMMON_CACHE_CHUNK_NAME_H_
#define AUDIODL_COMMON_CACHE_CHUNK_NAME_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct ChunkName {
  std::string path;   // BOOK/CHUNK.mp3, byte for byte as the client named it; BOOK/; or nothing
  std::string book;   // all but the last segment; may hold slashes
  std::string chunk;  // the last segment

  bool IsChunk() const { return !chunk.empty(); }
  bool IsBook() const { return chunk.empty() && !book.empty(); }
  bool IsLibrary() const { return path.empty(); }

  static constexpr size_t kMaxSegmentBytes = 255;  // NAME_MAX: the listing could not hold more
  static constexpr size_t kMaxPathBytes = 900;  // with a prefix, within S3's 1,024 bytes for a key

  // `path` is already percent-decoded and is never normalised. kInvalid: fewer than two segments,
  // an empty one, one that begins with a dot (so ".", ".." and the manifests), a control character,
  // or more bytes than the constants allow. The text says which rule, and does not repeat the path.
  static Result<ChunkName> Parse(std::string_view path);

  // The same for a whole URL path: what stands below `prefix`, which may end in a slash or not and
  // matches whole segments only. What ends in a slash is a book, the prefix with its slash the
  // library. kInvalid where the URL is not below it.
  static Result<ChunkName> FromUri(std::string_view uri, std::string_view prefix);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CHUNK_NAME_H_
