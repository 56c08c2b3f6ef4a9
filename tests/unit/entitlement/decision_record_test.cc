// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/decision_record.h"

#include <random>
#include <string>

#include "common/entitlement/decision_key.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const DecisionRecord kYes = {true, "42", 1'800'000'060'000'000, 1'800'000'000'000'000,
                             kNeverExpires};
const DecisionRecord kNo = {false, "o'brien", 1'800'000'010'000'000, 0, kNeverExpires};

TEST_CASE("DecisionRecord: comes back as it was") {
  for (const DecisionRecord& record :
       {kYes, kNo, DecisionRecord{true, std::string(255, 'x'), 1, 1, 1}}) {
    const std::string bytes = record.Encode();
    CHECK(bytes.size() <= DecisionRecord::kMaxBytes);
    const auto parsed = DecisionRecord::Parse(bytes);
    REQUIRE(parsed);
    CHECK(*parsed == record);
  }
}

TEST_CASE("DecisionRecord: a byte too few or too many is no record") {
  const std::string bytes = kYes.Encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(DecisionRecord::Parse(std::string_view(bytes).substr(0, size)));
  }
  CHECK_FALSE(DecisionRecord::Parse(bytes + "x"));
}

TEST_CASE("DecisionRecord: what cannot have been written is no record") {
  const struct {
    const char* what;
    DecisionRecord record;
  } rows[] = {
      {"no customer", {true, "", 1, 1, 1}},
      {"a customer with a line feed", {true, "4\n2", 1, 1, 1}},
      {"a customer that is no UTF-8", {true, "\xff", 1, 1, 1}},
      {"a negative time", {true, "42", -1, 1, 1}},
      {"entitled, but never proved", {true, "42", 1, 0, 1}},
      {"refused, but proved", {false, "42", 1, 1, 1}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK_FALSE(DecisionRecord::Parse(row.record.Encode()));
  }
  std::string other_version = kYes.Encode();
  other_version[0] = 'x';
  CHECK_FALSE(DecisionRecord::Parse(other_version));
  std::string other_verdict = kYes.Encode();
  other_verdict[1] = 2;
  CHECK_FALSE(DecisionRecord::Parse(other_verdict));
}

TEST_CASE("DecisionRecord: random bytes are never read beyond their end") {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = kYes.Encode();
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const auto parsed = DecisionRecord::Parse(bytes);
    if (parsed) CHECK(parsed->Encode() == bytes);
  }
  CHECK(DecisionRecord::Parse(kYes.Encode()));
}

TEST_CASE("DecisionKey: every part counts, and where one ends and the next begins") {
  const DecisionKey key = DecisionKeyFor("scope", "session", "book");
  CHECK(key == DecisionKeyFor("scope", "session", "book"));
  CHECK(key != DecisionKeyFor("scopf", "session", "book"));
  CHECK(key != DecisionKeyFor("scope", "sessioo", "book"));
  CHECK(key != DecisionKeyFor("scope", "session", "booj"));
  CHECK(key != DecisionKeyFor("scope", "sessionb", "ook"));
  CHECK(key != DecisionKeyFor("scopes", "ession", "book"));
}

}  // namespace
}  // namespace audiodl
