// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/chunk_name.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::string_literals;

TEST_CASE("ChunkName: the last segment is the chunk, all before it the book") {
  struct {
    std::string path, book, chunk;
  } const cases[] = {
      {"dune/01.mp3", "dune", "01.mp3"},
      {"fantasy/dune/01.mp3", "fantasy/dune", "01.mp3"},
      {"a b/c+d%.mp3", "a b", "c+d%.mp3"},
      {"back\\slash/x", "back\\slash", "x"},
      {"M\xfcller/Fu\xdf.mp3", "M\xfcller", "Fu\xdf.mp3"},  // Latin-1: not UTF-8, kept as it is
      {"dune/01..mp3", "dune", "01..mp3"},
  };
  for (const auto& c : cases) {
    INFO(c.path);
    const Result<ChunkName> name = ChunkName::Parse(c.path);
    REQUIRE(name.ok());
    CHECK(name->path == c.path);
    CHECK(name->book == c.book);
    CHECK(name->chunk == c.chunk);
  }
}

TEST_CASE("ChunkName: what could leave the listing, or name one of our own files, is refused") {
  const std::string cases[] = {
      "",
      "01.mp3",
      "/01.mp3",
      "dune/",
      "/",
      "dune//01.mp3",
      "./01.mp3",
      "../01.mp3",
      "dune/..",
      "dune/../01.mp3",
      "dune/.audiodl.json",
      ".hidden/01.mp3",
      "dune/01.mp3\0.txt"s,
      "dune/0\n1.mp3",
      "dune/0\x7f.mp3",
  };
  for (const auto& path : cases) {
    INFO(path);
    CHECK(ChunkName::Parse(path).status().code() == Code::kInvalid);
  }
}

TEST_CASE("ChunkName: the longest names a file system and S3 can hold, and no longer") {
  const std::string segment(ChunkName::kMaxSegmentBytes, 'x');
  CHECK(ChunkName::Parse("b/" + segment).ok());
  CHECK_FALSE(ChunkName::Parse("b/x" + segment).ok());
  const std::string three = segment + "/" + segment + "/" + segment + "/";
  const size_t left = ChunkName::kMaxPathBytes - three.size();
  CHECK(ChunkName::Parse(three + std::string(left, 'y')).ok());
  CHECK_FALSE(ChunkName::Parse(three + std::string(left + 1, 'y')).ok());
}

TEST_CASE("ChunkName: a prefix matches whole segments, with or without its slash") {
  for (const char* prefix : {"/download", "/download/"}) {
    INFO(prefix);
    const Result<ChunkName> name = ChunkName::FromUri("/download/dune/01.mp3", prefix);
    REQUIRE(name.ok());
    CHECK(name->path == "dune/01.mp3");
    CHECK_FALSE(ChunkName::FromUri("/downloads/dune/01.mp3", prefix).ok());
    CHECK_FALSE(ChunkName::FromUri("/download", prefix).ok());
    CHECK_FALSE(ChunkName::FromUri("/other/dune/01.mp3", prefix).ok());
    CHECK_FALSE(ChunkName::FromUri("/download//dune/01.mp3", prefix).ok());
  }
  CHECK(ChunkName::FromUri("/dune/01.mp3", "/").ok());
  CHECK(ChunkName::FromUri("/dune/01.mp3", "").ok());
}

TEST_CASE("ChunkName: a slash at the end means the book, the prefix alone the library") {
  const Result<ChunkName> chunk = ChunkName::FromUri("/download/fantasy/dune/01.mp3", "/download");
  REQUIRE(chunk.ok());
  CHECK((chunk->IsChunk() && !chunk->IsBook() && !chunk->IsLibrary()));
  const Result<ChunkName> book = ChunkName::FromUri("/download/fantasy/dune/", "/download");
  REQUIRE(book.ok());
  CHECK((book->IsBook() && !book->IsChunk() && !book->IsLibrary()));
  CHECK(book->book == "fantasy/dune");
  CHECK(book->path == "fantasy/dune/");
  for (const char* prefix : {"/download", "/download/"}) {
    const Result<ChunkName> library = ChunkName::FromUri("/download/", prefix);
    REQUIRE(library.ok());
    CHECK((library->IsLibrary() && !library->IsBook() && !library->IsChunk()));
  }
  for (const char* uri : {"/download//", "/download/../", "/download/dune//", "/download/.hidden/",
                          "/download/a\nb/"}) {
    INFO(uri);
    CHECK_FALSE(ChunkName::FromUri(uri, "/download").ok());
  }
}

}  // namespace
}  // namespace audiodl
