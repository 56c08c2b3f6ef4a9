// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_entry.h"

#include <set>
#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const LedgerItem kItem = {"42", "fantasy/dune", "01.mp3", "\"abc\"", 1000};

TEST_CASE("LedgerEntry: what is encoded is decoded, and nothing else is") {
  const LedgerEntry entry = {kItem, -5, DeliveredParts::Parse("0-10,20-30~40").value()};
  const std::string bytes = EncodeLedgerEntry(entry);
  const Result<LedgerEntry> decoded = DecodeLedgerEntry(bytes);
  REQUIRE(decoded.ok());
  CHECK(decoded->item == entry.item);
  CHECK(decoded->at == entry.at);
  CHECK(decoded->parts == entry.parts);
  for (size_t length = 0; length < bytes.size(); ++length) {
    CHECK_FALSE(DecodeLedgerEntry(bytes.substr(0, length)).ok());
  }
  CHECK_FALSE(DecodeLedgerEntry(bytes + "x").ok());
}

TEST_CASE("LedgerItem: a key stands for every field, and for where it ends") {
  std::set<std::string> keys = {kItem.Key()};
  const auto is_new = [&](const LedgerItem& item) { return keys.insert(item.Key()).second; };
  CHECK(kItem.Key().size() == 32);
  CHECK_FALSE(is_new(kItem));
  CHECK(is_new({"43", "fantasy/dune", "01.mp3", "\"abc\"", 1000}));
  CHECK(is_new({"42", "fantasy/Dune", "01.mp3", "\"abc\"", 1000}));
  CHECK(is_new({"42", "fantasy/dune", "02.mp3", "\"abc\"", 1000}));
  CHECK(is_new({"42", "fantasy/dune", "01.mp3", "\"abd\"", 1000}));
  CHECK(is_new({"42", "fantasy/dune", "01.mp3", "\"abc\"", 1001}));
  CHECK(is_new({"42f", "antasy/dune", "01.mp3", "\"abc\"", 1000}));
  CHECK(is_new({"42", "fantasy/dune0", "1.mp3", "\"abc\"", 1000}));
}

}  // namespace
}  // namespace audiodl
