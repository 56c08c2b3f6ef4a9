// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_contents.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

std::set<std::pair<std::string, Stray::Kind>> Kinds(const std::vector<Stray>& strays) {
  std::set<std::pair<std::string, Stray::Kind>> kinds;
  for (const Stray& stray : strays) kinds.emplace(stray.path, stray.kind);
  return kinds;
}

TEST_CASE("ScanListing: a tree that was made says what it was made of") {
  const TempDir dir;
  const ListingContents contents = SampleListing(3, 4);
  MakeTree(dir.path(), contents);
  const Result<ListingContents> found = ScanListing(dir.path(), nullptr);
  REQUIRE(found.ok());
  CHECK(*found == contents);
  CHECK(found->MarkerCount() == 12);
}

TEST_CASE("ScanListing: what is no marker is told apart, and never taken for one") {
  const TempDir dir;
  WriteFile(dir.Of("book/01.mp3"), "");
  WriteFile(dir.Of("book/full.mp3"), "audio");
  WriteFile(dir.Of("top.mp3"), "");
  WriteFile(dir.Of("book/.audiodl-Ab12Cd.part"), "");
  WriteFile(dir.Of("book/.unison.02.mp3.123.unison.tmp"), "");
  WriteFile(dir.Of("book/.hidden"), "");
  WriteFile(dir.Of("book/a\nb.mp3"), "");
  std::filesystem::create_directories(dir.Of("lost+found"));
  REQUIRE(symlink("book", dir.Of("alias").c_str()) == 0);
  REQUIRE(symlink("nowhere", dir.Of("book/dangling.mp3").c_str()) == 0);
  REQUIRE(symlink("01.mp3", dir.Of("book/same.mp3").c_str()) == 0);
  std::vector<Stray> strays;
  const Result<ListingContents> found = ScanListing(dir.path(), &strays);
  REQUIRE(found.ok());
  REQUIRE(found->books.size() == 1);
  const ListedBook& book = found->books.at("book");
  CHECK(book.markers.size() == 2);
  CHECK(book.markers.contains("01.mp3"));
  CHECK(book.markers.contains("same.mp3"));
  using Kind = Stray::Kind;
  CHECK(Kinds(strays) == std::set<std::pair<std::string, Kind>>{
                             {"book/full.mp3", Kind::kNotEmpty},
                             {"top.mp3", Kind::kBadName},
                             {"book/a\nb.mp3", Kind::kBadName},
                             {"alias", Kind::kLink},
                             {"book/.audiodl-Ab12Cd.part", Kind::kLeftOver},
                             {"book/.unison.02.mp3.123.unison.tmp", Kind::kLeftOver}});
}

TEST_CASE("ScanListing: a folder that is not there is no empty listing") {
  const TempDir dir;
  CHECK(ScanListing(dir.Of("none"), nullptr).status().code() == Code::kNotFound);
}

TEST_CASE("ScanBook: a book's own files, and none where there is no folder") {
  const TempDir dir;
  WriteFile(dir.Of("a/01.mp3"), "");
  WriteFile(dir.Of("a/part2/02.mp3"), "");
  CHECK(ScanBook(dir.path(), "a")->markers.size() == 1);
  CHECK_FALSE(ScanBook(dir.path(), "b")->Says());
}

}  // namespace
}  // namespace audiodl
