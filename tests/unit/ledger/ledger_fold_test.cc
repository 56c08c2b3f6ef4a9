// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_fold.h"

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr std::chrono::seconds kWindow(1000);

LedgerEntry Entry(int64_t at, const char* parts) {
  LedgerEntry entry;
  entry.item = {"42", "dune", "01.mp3", "\"e\"", 100};
  entry.at = at;
  entry.parts = DeliveredParts::Parse(parts).value();
  return entry;
}

// "2@1500 open 0-40@1600": the last completion and when, what is open and since when.
std::string Told(const LedgerState& state) {
  std::string text;
  if (state.last) text = std::to_string(state.last->nth) + "@" + std::to_string(state.last->at);
  if (state.open)
    text += " open " + state.open->parts.Text() + "@" + std::to_string(state.open->at);
  return text;
}

std::string Fold(const std::vector<LedgerEntry>& entries, LedgerState state = {}) {
  std::vector<Completion> completed;
  const LedgerState after = FoldEntries(state, entries, kWindow, completed);
  return std::to_string(completed.size()) + " new; " + Told(after);
}

TEST_CASE("FoldEntries: a download is complete with its last byte, once") {
  CHECK(Fold({}) == "0 new; ");
  CHECK(Fold({Entry(10, "0-100")}) == "1 new; 1@10");
  CHECK(Fold({Entry(10, "0-50")}) == "0 new;  open 0-50@10");
  CHECK(Fold({Entry(10, "0-50"), Entry(20, "50-100")}) == "1 new; 1@20");
  CHECK(Fold({Entry(10, "0-50"), Entry(20, "51-100")}) == "0 new;  open 0-50,51-100@20");
  CHECK(Fold({Entry(10, "0-50~60"), Entry(20, "55-100")}) == "1 new; 1@20");
  CHECK(Fold({Entry(10, "")}) == "0 new; ");
}

TEST_CASE("FoldEntries: what comes within the window is the same download") {
  CHECK(Fold({Entry(10, "0-100"), Entry(20, "0-100"), Entry(1010, "0-100")}) == "1 new; 1@10");
  CHECK(Fold({Entry(10, "0-100"), Entry(1011, "0-100")}) == "2 new; 2@1011");
  CHECK(Fold({Entry(10, "0-100"), Entry(1011, "0-50")}) == "1 new; 1@10 open 0-50@1011");
  // The second one begins after the window; its first half does not count from before.
  CHECK(Fold({Entry(10, "0-100"), Entry(900, "0-50"), Entry(1011, "50-100")}) ==
        "1 new; 1@10 open 50-100@1011");
}

TEST_CASE("FoldEntries: recording again what is recorded changes nothing") {
  const std::vector<LedgerEntry> entries = {Entry(10, "0-50"), Entry(20, "50-100"),
                                            Entry(2000, "0-100"), Entry(4000, "0-10")};
  std::vector<Completion> completed;
  const LedgerState once = FoldEntries({}, entries, kWindow, completed);
  CHECK(Told(once) == "2@2000 open 0-10@4000");
  CHECK(FoldEntries(once, entries, kWindow, completed) == once);
  CHECK(completed.size() == 2);
  // Even without a window.
  std::vector<Completion> without;
  const LedgerState all = FoldEntries({}, entries, std::chrono::seconds(0), without);
  CHECK(FoldEntries(all, entries, std::chrono::seconds(0), without) == all);
  CHECK(without.size() == 2);
}

TEST_CASE(
    "FoldEntries: parts that a slower server left behind are no beginning of the next download") {
  LedgerState state;
  state.last = Completion{1, 100};
  state.open = OpenParts{DeliveredParts::Parse("0-50").value(), 90};
  CHECK(Fold({}, state) == "0 new; 1@100");
  CHECK(Fold({Entry(5000, "50-100")}, state) == "0 new; 1@100 open 50-100@5000");
}

TEST_CASE("FoldEntries: parts that nobody went on with are forgotten") {
  const int64_t late = 10 + kOpenPartsLife.count();
  CHECK(Fold({Entry(10, "0-50"), Entry(late, "50-100")}) == "1 new; 1@" + std::to_string(late));
  CHECK(Fold({Entry(10, "0-50"), Entry(late + 1, "50-100")}) ==
        "0 new;  open 50-100@" + std::to_string(late + 1));
}

}  // namespace
}  // namespace audiodl
