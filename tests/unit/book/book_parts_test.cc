// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_parts.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::vector<std::string> Names(const Result<std::vector<BookPart>>& parts) {
  std::vector<std::string> names;
  for (const BookPart& part : *parts) names.push_back(part.name);
  return names;
}

TEST_CASE("FindBookParts: markers in natural order, and nothing else") {
  const TempDir listing;
  std::filesystem::create_directories(listing.Of("dune/sub.mp3"));
  for (const char* name : {"10.mp3", "2.mp3", ".audiodl.json", ".hidden"}) {
    std::ofstream file(listing.Of(std::string("dune/") + name));
  }
  std::ofstream(listing.Of("dune/full.mp3")) << "no marker";
  const Result<std::vector<BookPart>> parts = FindBookParts(listing.path(), "dune", nullptr);
  REQUIRE(parts.ok());
  CHECK(Names(parts) == std::vector<std::string>{"2.mp3", "10.mp3"});
}

TEST_CASE("FindBookParts: the manifest's order first, then what it does not name") {
  const TempDir listing;
  std::filesystem::create_directories(listing.Of("dune"));
  for (const char* name : {"a.mp3", "b.mp3", "c.mp3", "z.mp3"}) {
    std::ofstream file(listing.Of(std::string("dune/") + name));
  }
  Manifest manifest;
  for (const char* name : {"z.mp3", "withdrawn.mp3", "b.mp3"}) {
    manifest.chunks.emplace_back().name = name;
  }
  const Result<std::vector<BookPart>> parts = FindBookParts(listing.path(), "dune", &manifest);
  REQUIRE(parts.ok());
  CHECK(Names(parts) == std::vector<std::string>{"z.mp3", "b.mp3", "a.mp3", "c.mp3"});
  CHECK((*parts)[0].details == &manifest.chunks[0]);
  CHECK((*parts)[2].details == nullptr);
}

TEST_CASE("FindBookParts: a book that is not for sale is not found") {
  const TempDir listing;
  std::filesystem::create_directories(listing.Of("empty"));
  CHECK(FindBookParts(listing.path(), "empty", nullptr).status().code() == Code::kNotFound);
  CHECK(FindBookParts(listing.path(), "none", nullptr).status().code() == Code::kNotFound);
}

}  // namespace
}  // namespace audiodl
