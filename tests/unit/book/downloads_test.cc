// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/downloads.h"

#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// The part's state after these downloads of it, where the object that is there is "b".
PartView PartAfter(const std::vector<Download>& all) {
  Downloads downloads;
  for (const Download& one : all) downloads.Add("01.mp3", one);
  downloads.Add("gone.mp3", {"\"b\"", 100});
  BookView book = SampleBook();
  book.parts[1].etag = "\"b\"";
  downloads.Mark(book);
  CHECK(book.shows_downloads);
  CHECK_FALSE(book.parts[0].downloaded_at.has_value());
  CHECK_FALSE(book.parts[0].delivered_percent.has_value());
  return book.parts[1];
}

TEST_CASE("Downloads: the last time counts") {
  const PartView part = PartAfter({{"\"b\"", 100}, {"\"b\"", 300}, {"", 200}});
  CHECK(part.downloaded_at == 300);
  CHECK_FALSE(part.is_outdated);
}

TEST_CASE(
    "Downloads: an object that has been replaced is told as such, the current one counts more") {
  const PartView old = PartAfter({{"\"a\"", 900}, {"\"9\"", 950}});
  CHECK(old.downloaded_at == 950);
  CHECK(old.is_outdated);
  for (const auto& order : {std::vector<Download>{{"\"a\"", 900}, {"\"b\"", 100}},
                            std::vector<Download>{{"\"b\"", 100}, {"\"a\"", 900}}}) {
    const PartView part = PartAfter(order);
    CHECK(part.downloaded_at == 100);
    CHECK_FALSE(part.is_outdated);
  }
}

TEST_CASE("Downloads: one that is under way has a share, unless it was completed") {
  const std::pair<uint64_t, unsigned> kTable[] = {{0, 0},    {1, 0},     {500, 50}, {630, 63},
                                                  {999, 99}, {1000, 99}, {2000, 99}};
  for (const auto& [delivered, percent] : kTable) {
    CAPTURE(delivered);
    CHECK(PartAfter({{"\"b\"", 0, 1000, delivered}}).delivered_percent == percent);
  }
  CHECK_FALSE(PartAfter({{"\"a\"", 0, 1000, 500}}).delivered_percent.has_value());
  CHECK_FALSE(PartAfter({{"\"b\"", 0, 0, 500}}).delivered_percent.has_value());
  CHECK_FALSE(PartAfter({{"\"b\"", 0, 1000, 500}, {"\"b\"", 7}}).delivered_percent.has_value());
  const PartView newer = PartAfter({{"\"a\"", 7}, {"\"b\"", 0, 1000, 500}});
  CHECK(newer.delivered_percent == 50);
  CHECK(newer.is_outdated);
}

TEST_CASE("Downloads: a time that can be none is none") {
  for (const int64_t time : {int64_t{0}, int64_t{-5}, int64_t{253'402'300'800}}) {
    CHECK_FALSE(PartAfter({{"", time}}).downloaded_at.has_value());
  }
}

}  // namespace
}  // namespace audiodl
