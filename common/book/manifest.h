// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book's manifest: what the names of its markers cannot say. It is an optional file of the
// listing, BOOK/.audiodl.json, written by `audiodl publish`, and an ordinary one, so that whatever
// replicates the listing carries it along. A marker without a manifest is still for sale; a chunk
// in a manifest without its marker is not.
//
//   {"audiodl": 1,
//    "title": "Dune", "author": "Frank Herbert", "narrator": "Simon Vance", "language": "en",
//    "description": "...", "cover": "https://www.example.org/covers/dune.jpg",
//    "released": "2026-11-27T06:00:00Z",
//    "chunks": [
//      {"name": "01.mp3", "title": "Book One", "size": 30214400, "etag": "\"9bb58f26…\"",
//       "modified": "2026-11-20T11:00:00Z", "type": "audio/mpeg",
//       "sha256": "2cf24dba…", "crc32": "3610a686", "duration_ms": 1888400,
//       "chapters": [{"start_ms": 0, "title": "Chapter 1"}]}]}
//
// Only "audiodl", and a chunk's "name", must be there. Their order is the book's. Members that this
// version does not know are passed over, so that a later one may add some; a later "audiodl" than 1
// is refused. What a manifest says of an object is believed only as far as the origin agrees: it
// answers HEAD and shows pages, and never lets a byte through.
//
// A Manifest is a value: one thread at a time may change one, any number may read it.

#ifndef AUDIODL_COMMON_BOOK_MANIFEST_H_
#define AUDIODL_COMMON_BOOK_MANIFEST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct Chapter {
  uint64_t start_ms = 0;  // from the beginning of its chunk
  std::string title;

  bool operator==(const Chapter&) const = default;
};

// Empty texts and optionals are what was not said.
struct ManifestChunk {
  std::string name;  // the marker's
  std::string title;
  std::optional<uint64_t> size;     // bytes
  std::string etag;                 // the origin's, strong, with its quotes
  std::optional<int64_t> modified;  // the origin's Last-Modified, seconds since 1970
  std::string type;                 // the origin's media type
  std::string sha256;               // 64 lower-case hex digits
  std::optional<uint32_t> crc32;    // as zip has it (ISO 3309)
  std::optional<uint64_t> duration_ms;
  std::vector<Chapter> chapters;  // ascending

  bool operator==(const ManifestChunk&) const = default;
};

struct Manifest {
  static constexpr char kFileName[] = ".audiodl.json";
  static constexpr size_t kMaxBytes = 16 << 20;
  static constexpr size_t kMaxChunks = 10'000;

  std::string title;
  std::string author;
  std::string narrator;
  std::string language;             // BCP 47: "en", "de-AT"
  std::string description;          // plain text
  std::string cover;                // a URL, or a path on the same server
  std::optional<int64_t> released;  // seconds since 1970
  std::vector<ManifestChunk> chunks;

  // kInvalid says what is wrong and in which chunk.
  static Result<Manifest> Parse(std::string_view text);

  // What Parse() reads back as the same, one line for each chunk.
  std::string Text() const;

  // Null where no chunk is called so.
  const ManifestChunk* Find(std::string_view name) const;

  bool operator==(const Manifest&) const = default;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_MANIFEST_H_
