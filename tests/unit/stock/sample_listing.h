// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Small listings, as values and as trees.

#ifndef AUDIODL_TESTS_UNIT_STOCK_SAMPLE_LISTING_H_
#define AUDIODL_TESTS_UNIT_STOCK_SAMPLE_LISTING_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/stock/listing_contents.h"
#include "common/stock/listing_plan.h"
#include "common/stock/listing_writer.h"
#include "tests/unit/catch.h"

namespace audiodl {

constexpr int64_t kSampleTime = 1764230400123456789;

// `books` books of `chunks` markers each, with a manifest.
inline ListingContents SampleListing(int books, int chunks) {
  ListingContents contents;
  for (int b = 0; b < books; ++b) {
    ListedBook& book = contents.books["shelf/book " + std::to_string(b)];
    for (int c = 0; c < chunks; ++c) {
      book.markers[std::to_string(c) + ".mp3"] = kSampleTime + b * 1000 + c;
    }
    book.manifest = "{\"audiodl\":1,\"title\":\"" + std::to_string(b) + "\"}\n";
  }
  return contents;
}

// Brings a folder to that state.
inline void MakeTree(const std::string& listing, const ListingContents& contents) {
  std::filesystem::create_directories(listing);
  Result<ListingWriter> writer = ListingWriter::Open(listing);
  REQUIRE(writer.ok());
  const Result<ListingContents> now = ScanListing(listing, nullptr);
  REQUIRE(now.ok());
  const Status done = Apply(PlanChanges(*now, contents), *writer);
  INFO(done.text());
  REQUIRE(done.ok());
}

inline void WriteFile(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_STOCK_SAMPLE_LISTING_H_
