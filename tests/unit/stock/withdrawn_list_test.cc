// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/withdrawn_list.h"

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

using Paths = std::vector<std::string>;
constexpr int64_t kSecond = 1000000000;
constexpr int64_t kTime = 1764230400;  // 2025-11-27T08:00:00Z

TEST_CASE("WithdrawnList: what is written is read back, names with blanks too") {
  WithdrawnList list;
  list.Add("a/b c/01.mp3", kTime);
  list.Add("a/02.mp3", kTime + 1);
  CHECK(list.Text() == "2025-11-27T08:00:01Z a/02.mp3\n2025-11-27T08:00:00Z a/b c/01.mp3\n");
  CHECK(WithdrawnList::Parse(list.Text()).times() == list.times());
}

TEST_CASE("WithdrawnList: lines that are none are passed over") {
  const WithdrawnList list = WithdrawnList::Parse(
      "\nnonsense\n2025-11-27T08:00:00Z\n2025-11-27T08:00:00Z ../etc\n2025-11-27T08:00:00Z "
      "a/1.mp3");
  CHECK(list.times().size() == 1);
  CHECK(list.Has("a/1.mp3"));
  CHECK(list.bad_lines() == 4);  // the last one lacks its end
  CHECK(list.first_bad_line() == 2);
  CHECK(WithdrawnList::Parse("2025-11-27T08:00:00Z a/1.mp3\n").bad_lines() == 0);
  CHECK(WithdrawnList::Parse("").bad_lines() == 0);
}

TEST_CASE("ForgottenOf: what was withdrawn, and neither noted nor published since") {
  ListingContents before;
  before.books["a"].withdrawn = {{"noted.mp3", kTime},
                                 {"lost.mp3", kTime},
                                 {"old.mp3", kTime},
                                 {"again.mp3", kTime},
                                 {"moment.mp3", kTime}};
  before.books["a"].markers["sold.mp3"] = kTime * kSecond;
  ListingContents now;
  now.books["a"].withdrawn["noted.mp3"] = kTime + 1;
  now.books["a"].markers = {{"old.mp3", kTime * kSecond},
                            {"again.mp3", (kTime + 3) * kSecond},
                            {"moment.mp3", kTime * kSecond + 1}};
  CHECK(ForgottenOf(now, before).times() ==
        std::map<std::string, int64_t>{{"a/lost.mp3", kTime}, {"a/old.mp3", kTime}});
  CHECK(ForgottenOf(before, before).empty());
}

TEST_CASE("NoteWithdrawn: a marker that is dated ahead does not undo it when it comes back") {
  const TempDir dir;
  ListingContents sold;
  sold.books["a"].markers = {{"ahead.mp3", (kTime + 6) * kSecond + 5},
                             {"even.mp3", (kTime + 6) * kSecond},
                             {"usual.mp3", (kTime - 6) * kSecond}};
  MakeTree(dir.path(), sold);
  const Paths paths = {"a/ahead.mp3", "a/even.mp3", "a/usual.mp3"};
  REQUIRE(NoteWithdrawn(dir.path(), paths, kTime).ok());
  const Result<ListingContents> pushed = ReadListing(dir.path());
  REQUIRE(pushed.ok());
  CHECK(pushed->books.at("a").withdrawn.at("usual.mp3") == kTime);
  CHECK(ForgottenOf(sold, *pushed).size() == 3);
  // One that is made after it has a later time even so.
  const Result<ListingWriter> writer = ListingWriter::Open(dir.path());
  for (const std::string& path : paths) std::filesystem::remove(dir.Of(path));
  sold.books["a"].markers["ahead.mp3"] = writer->TimeFor("a", "ahead.mp3", kTime * kSecond);
  CHECK(ForgottenOf(sold, *pushed).size() == 2);
}

TEST_CASE("NoteForgotten: notes them again, but not what was published meanwhile") {
  const TempDir dir;
  ListingContents sold;
  sold.books["b"].markers["again.mp3"] = kSampleTime;
  MakeTree(dir.path(), sold);
  WithdrawnList forgotten;
  forgotten.Add("a/1.mp3", kTime);
  forgotten.Add("b/again.mp3", kSampleTime / kSecond - 1);
  REQUIRE(NoteForgotten(dir.path(), forgotten).ok());
  CHECK(WithdrawnList::Read(dir.path())->times() ==
        std::map<std::string, int64_t>{{"a/1.mp3", kTime}});
}

TEST_CASE("WithdrawnList: notes in a listing come and go; the file stays for its time") {
  const TempDir dir;
  REQUIRE(NotePublished(dir.path(), {"a/1.mp3"}).ok());
  CHECK(std::filesystem::is_empty(dir.path()));
  REQUIRE(NoteWithdrawn(dir.path(), {"a/1.mp3", "a/2.mp3"}, kTime).ok());
  REQUIRE(NoteWithdrawn(dir.path(), {"a/1.mp3"}, kTime + 9).ok());
  CHECK(WithdrawnList::Read(dir.path())->times() ==
        std::map<std::string, int64_t>{{"a/1.mp3", kTime}, {"a/2.mp3", kTime}});
  REQUIRE(NotePublished(dir.path(), {"a/1.mp3", "a/3.mp3"}).ok());
  CHECK_FALSE(WithdrawnList::Read(dir.path())->Has("a/1.mp3"));
  REQUIRE(NotePublished(dir.path(), {"a/2.mp3"}).ok());
  CHECK(WithdrawnList::Read(dir.path())->times().empty());
  CHECK(WithdrawnList::TimeIn(dir.path()));
}

TEST_CASE("ReadListing: a marker of a withdrawn chunk does not count") {
  const TempDir dir;
  MakeTree(dir.path(), SampleListing(1, 2));
  REQUIRE(NoteWithdrawn(dir.path(), {"shelf/book 0/1.mp3", "gone/1.mp3"}, kTime + 9).ok());
  const Result<ListingContents> contents = ReadListing(dir.path());
  REQUIRE(contents.ok());
  CHECK(contents->MarkerCount() == 1);
  CHECK(contents->books.at("shelf/book 0").withdrawn ==
        std::map<std::string, int64_t>{{"1.mp3", kTime + 9}});
  CHECK(contents->books.at("gone").withdrawn.size() == 1);
}

}  // namespace
}  // namespace audiodl
