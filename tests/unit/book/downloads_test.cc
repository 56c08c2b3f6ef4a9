// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/downloads.h"

#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Downloads: the first time counts, and only of parts that are there") {
  Downloads downloads;
  downloads.Add("01.mp3", 200);
  downloads.Add("01.mp3", 100);
  downloads.Add("01.mp3", 300);
  downloads.Add("gone.mp3", 100);
  BookView book = SampleBook();
  CHECK_FALSE(book.shows_downloads);
  downloads.Mark(book);
  CHECK(book.shows_downloads);
  CHECK(book.parts[1].downloaded_at == 100);
  CHECK_FALSE(book.parts[0].downloaded_at.has_value());
}

TEST_CASE("Downloads: a time that can be none is none") {
  Downloads downloads;
  downloads.Add("a", 0);
  downloads.Add("b", -5);
  downloads.Add("c", 253'402'300'800);
  CHECK(downloads.completed_at.empty());
}

}  // namespace
}  // namespace audiodl
