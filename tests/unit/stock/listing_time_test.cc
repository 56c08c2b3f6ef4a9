// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_time.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "common/book/manifest.h"
#include "common/stock/listing_writer.h"
#include "common/stock/withdrawn_list.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

constexpr int64_t kApart = INT64_C(3000000000);

TEST_CASE("NextListingTime: later than before, and in a way that replicators see") {
  constexpr int64_t kSecond = 1000000000;
  const int64_t before = kSampleTime;
  CHECK(NextListingTime(before, std::nullopt) == before);
  CHECK(NextListingTime(before + 60 * kSecond, before) == before + 60 * kSecond);
  CHECK(NextListingTime(before + 7200 * kSecond, before) == before + 7200 * kSecond);
  for (const int64_t ahead : {-86400, -1, 0, 1, 2, 3597, 3598, 3599, 3600, 3601, 3602, 3603}) {
    const int64_t step = NextListingTime(before + ahead * kSecond, before) - before;
    INFO(ahead << " " << step);
    CHECK(step >= 3 * kSecond);
    CHECK(std::abs(step - 3600 * kSecond) >= 3 * kSecond);
    CHECK(step <= (std::max<int64_t>(ahead, 0) + 7) * kSecond);
  }
}

TEST_CASE("TimeOfFile: what was set; none where there is no file") {
  const TempDir dir;
  for (const int64_t time : {kSampleTime, INT64_C(-1), INT64_C(0)}) {
    REQUIRE(WriteListingFile(dir.Of("file"), "text", time).ok());
    CHECK(TimeOfFile(dir.Of("file")) == time);
  }
  CHECK_FALSE(TimeOfFile(dir.Of("none")));
}

TEST_CASE("TimeOfFile: a date too late for nanoseconds is what the listing's other readers see") {
  const TempDir dir;
  ListingContents contents;
  contents.books["a"].markers["1.mp3"] = kSampleTime;
  MakeTree(dir.path(), contents);
  const timespec late = {INT64_C(10000000000), 0};
  const timespec times[2] = {late, late};
  REQUIRE(utimensat(AT_FDCWD, dir.Of("a/1.mp3").c_str(), times, 0) == 0);
  const std::optional<int64_t> time = TimeOfFile(dir.Of("a/1.mp3"));
  CHECK(time > kSampleTime);
  CHECK(time == *ScanListing(dir.path(), nullptr)->FindMarker(*ChunkName::Parse("a/1.mp3")));
}

TEST_CASE("A manifest and a list that are written again at once have another time") {
  const TempDir dir;
  Result<ListingWriter> writer = ListingWriter::Open(dir.path());
  REQUIRE(writer.ok());
  const std::string manifest = dir.Of(std::string("a/") + Manifest::kFileName);
  int64_t manifest_time = 0;
  int64_t list_time = 0;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(writer->PutManifest("a", std::to_string(i)).ok());
    REQUIRE(NoteWithdrawn(dir.path(), {"b/" + std::to_string(i) + ".mp3"}, 1).ok());
    CHECK(*TimeOfFile(manifest) >= manifest_time + kApart);
    CHECK(*WithdrawnList::TimeIn(dir.path()) >= list_time + kApart);
    manifest_time = *TimeOfFile(manifest);
    list_time = *WithdrawnList::TimeIn(dir.path());
  }
}

TEST_CASE("What comes again at once after it was withdrawn has another time than before") {
  const TempDir dir;
  Result<ListingWriter> writer = ListingWriter::Open(dir.path());
  REQUIRE(writer.ok());
  const std::string manifest = dir.Of(std::string("a/") + Manifest::kFileName);
  // Times before lie ahead of the clock, as after some changes at once.
  int64_t latest = NowNanoseconds() + 20 * kApart;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(WriteListingFile(manifest, std::to_string(i), latest).ok());
    REQUIRE(writer->PutMarker("a", "1.mp3", latest - 1).ok());
    REQUIRE(NoteWithdrawn(dir.path(), {"a/1.mp3"}, 1).ok());
    REQUIRE(writer->RemoveMarker("a", "1.mp3").ok());
    REQUIRE(writer->RemoveManifest("a").ok());
    // By way of an empty list or not.
    if (i % 2 != 0) REQUIRE(NotePublished(dir.path(), {"a/1.mp3"}).ok());
    REQUIRE(writer->PutManifest("a", "x").ok());
    CHECK(*TimeOfFile(manifest) >= latest + kApart);
    const int64_t marker = writer->TimeFor("a", "1.mp3", NowNanoseconds());
    CHECK(marker >= latest + kApart);
    latest = std::max(marker, *TimeOfFile(manifest));
  }
}

}  // namespace
}  // namespace audiodl
