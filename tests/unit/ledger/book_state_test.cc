// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/book_state.h"

#include <optional>
#include <string>
#include <vector>

#include "common/ledger/ledger_sql.h"
#include "common/session/sql_template.h"
#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Row = LedgerDatabase::Row;

Row Completed(const char* generation, const char* at) {
  return {"42", "dune", "01.mp3", generation, at, "0", "0"};
}

Row Open(const char* generation, const char* size, const char* delivered) {
  return {"42", "dune", "01.mp3", generation, "0", size, delivered};
}

// The part's state by these rows, where the object that is there is "b".
PartView PartBy(const std::vector<Row>& rows) {
  BookView book = SampleBook();
  book.parts[1].etag = "\"b\"";
  DownloadsInLedger(rows, "42", "dune").Mark(book);
  CHECK(book.shows_downloads);
  return book.parts[1];
}

bool HasNoState(const PartView& part) { return !part.downloaded_at && !part.delivered_percent; }

TEST_CASE("DownloadsInLedger: downloaded, partly, replaced since, and begun anew after that") {
  const PartView downloaded = PartBy({Completed("\"b\"", "1793692800")});
  CHECK(downloaded.downloaded_at == 1793692800);
  CHECK_FALSE(downloaded.is_outdated);

  const PartView partly = PartBy({Open("\"b\"", "3000001", "1500000")});
  CHECK(partly.delivered_percent == 49);
  CHECK_FALSE(partly.downloaded_at.has_value());

  const PartView replaced = PartBy({Completed("\"a\"", "1793692800"), Open("\"a\"", "100", "50")});
  CHECK(replaced.downloaded_at == 1793692800);
  CHECK(replaced.is_outdated);
  CHECK_FALSE(replaced.delivered_percent.has_value());

  const PartView anew = PartBy({Completed("\"a\"", "1793692800"), Open("\"b\"", "100", "50")});
  CHECK(anew.is_outdated);
  CHECK(anew.delivered_percent == 50);
}

TEST_CASE("DownloadsInLedger: one that is complete and begun again is downloaded") {
  const PartView part = PartBy({Completed("\"b\"", "1793692800"), Open("\"b\"", "100", "50")});
  CHECK(part.downloaded_at == 1793692800);
  CHECK_FALSE(part.delivered_percent.has_value());
}

TEST_CASE("DownloadsInLedger: nobody is shown another's, whatever the collation takes for equal") {
  for (const auto& [customer, book] :
       {std::pair{"42 ", "dune"}, {"42", "dune "}, {"42", "Dune"}, {"", "dune"}}) {
    CAPTURE(customer, book);
    CHECK(HasNoState(PartBy({{customer, book, "01.mp3", "\"b\"", "1793692800", "0", "0"}})));
  }
}

TEST_CASE("DownloadsInLedger: rows that nobody of ours wrote hide none of the others") {
  const std::vector<Row> strange = {
      {},
      {"42", "dune", "01.mp3", "\"b\"", "5", "0"},
      {"42", "dune", "01.mp3", "\"b\"", "5", "0", "0", "0"},
      {std::nullopt, "dune", "01.mp3", "\"b\"", "5", "0", "0"},
      {"42", std::nullopt, "01.mp3", "\"b\"", "5", "0", "0"},
      {"42", "dune", std::nullopt, "\"b\"", "5", "0", "0"},
      {"42", "dune", "01.mp3", std::nullopt, "5", "0", "0"},
      {"42", "dune", "01.mp3", "\"b\"", std::nullopt, "0", "0"},
      {"42", "dune", "01.mp3", "\"b\"", "-5", "0", "0"},
      {"42", "dune", "01.mp3", "\"b\"", "18446744073709551615", "0", "0"},
      {"42", "dune", "01.mp3", "\"b\"", "yesterday", "0", "0"},
      {"42", "dune", "01.mp3", "\"b\"", "0", std::nullopt, "0"},
      {"42", "dune", "01.mp3", "\"b\"", "0", "100", "half"},
      {"42", "dune", "01.mp3", "\"b\"", "0", "0", "50"},
  };
  CHECK(HasNoState(PartBy(strange)));
  std::vector<Row> rows = strange;
  rows.push_back(Completed("\"b\"", "7"));
  CHECK(PartBy(rows).downloaded_at == 7);
}

TEST_CASE(
    "ledger_sql: the page's statement is one that only reads, as an operator could write it") {
  constexpr std::string_view kNames[] = {"customer", "book"};
  const Result<SqlTemplate> parsed = SqlTemplate::Parse(ledger_sql::kBookState, kNames);
  REQUIRE(parsed.ok());
  CHECK(parsed->names() == std::vector<std::string>{"customer", "book", "customer", "book"});
}

}  // namespace
}  // namespace audiodl
