// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_store.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/catch.h"
#include "tests/unit/ledger/fake_ledger_database.h"

namespace audiodl {
namespace {

LedgerEntry Entry(int64_t at, const char* parts) {
  return {{"42", "dune", "01.mp3", "\"e\"", 100}, at, DeliveredParts::Parse(parts).value()};
}

struct Rig {
  LedgerStatements statements;
  FakeLedgerDatabase database{statements};
  LedgerStore store{database, statements, {.window = std::chrono::seconds(1000)}};

  std::string OpenParts() const {
    return database.open.empty() ? "" : database.open.begin()->second.at("parts");
  }
};

TEST_CASE("LedgerStore: parts are kept until they are all, and then a completion is") {
  Rig rig;
  REQUIRE(rig.store.Record({Entry(10, "0-30")}).ok());
  CHECK(rig.OpenParts() == "0-30");
  REQUIRE(rig.store.Record({Entry(20, "60-100"), Entry(15, "30-40")}).ok());
  CHECK(rig.OpenParts() == "0-40,60-100");
  CHECK(rig.database.open.begin()->second.at("delivered") == "80");
  CHECK(rig.database.completions.empty());
  REQUIRE(rig.store.Record({Entry(30, "40-60")}).ok());
  CHECK(rig.database.open.empty());
  REQUIRE(rig.database.completions.size() == 1);
  const FakeLedgerDatabase::Values row = rig.database.completions.begin()->second;
  CHECK(row.at("customer") == "42");
  CHECK(row.at("book") == "dune");
  CHECK(row.at("chunk") == "01.mp3");
  CHECK(row.at("generation") == "\"e\"");
  CHECK(row.at("size") == "100");
  CHECK(row.at("at") == "30");
  CHECK(rig.store.completions() == 1);
}

TEST_CASE("LedgerStore: a batch that is recorded again changes nothing") {
  Rig rig;
  for (const std::vector<LedgerEntry>& batch : {std::vector{Entry(10, "0-30")},
                                                {Entry(20, "0-100")},
                                                {Entry(2000, "0-100"), Entry(2001, "0-50")},
                                                {Entry(4000, "0-50")}}) {
    REQUIRE(rig.store.Record(batch).ok());
    const auto completions = rig.database.completions;
    const std::string open = rig.OpenParts();
    REQUIRE(rig.store.Record(batch).ok());
    CHECK(rig.database.completions == completions);
    CHECK(rig.OpenParts() == open);
  }
  CHECK(rig.database.completions.size() == 2);
}

TEST_CASE(
    "LedgerStore: a process that dies between two statements loses nothing when it begins again") {
  const std::vector<std::vector<LedgerEntry>> batches = {
      {Entry(10, "0-30")}, {Entry(20, "30-100")}, {Entry(2000, "0-60")}, {Entry(2010, "60-100")}};
  for (int dies_at = 0; dies_at < 40; ++dies_at) {
    CAPTURE(dies_at);
    Rig rig;
    rig.database.before = [dies_at](int number) {
      return number == dies_at ? Status(Code::kUnreachable, "died") : Status::Ok();
    };
    for (const std::vector<LedgerEntry>& batch : batches) {
      if (!rig.store.Record(batch).ok()) REQUIRE(rig.store.Record(batch).ok());
    }
    CHECK(rig.database.completions.size() == 2);
    CHECK(rig.database.open.empty());
  }
}

// Another server records its own at every place between the statements of the first.
TEST_CASE("LedgerStore: two servers at the same moment give what they give one after the other") {
  struct Row {
    const char* before;
    const char* one;
    const char* other;
    size_t completions;
    const char* open;
  };
  const Row rows[] = {
      {"", "0-50", "50-100", 1, ""},
      {"", "0-100", "0-100", 1, ""},
      {"", "0-100", "20-60", 1, ""},
      {"", "20-60", "0-100", 1, ""},
      {"", "0-50", "60-100", 0, "0-50,60-100"},
      {"0-10", "10-50", "50-100", 1, ""},
      {"0-10", "10-50", "60-100", 0, "0-50,60-100"},
      {"0-10", "10-100", "0-100", 1, ""},
      {"0-10", "10-100", "0-50", 1, ""},
      {"0-10~30", "20-50", "50-100", 1, ""},
  };
  for (const Row& row : rows) {
    for (int at = 0; at < 12; ++at) {
      CAPTURE(row.before, row.one, row.other, at);
      Rig rig;
      LedgerStore other(rig.database, rig.statements, {.window = std::chrono::seconds(1000)});
      if (*row.before != '\0') REQUIRE(rig.store.Record({Entry(5, row.before)}).ok());
      const int begin = rig.database.statements_run;
      bool came = false;
      rig.database.before = [&](int number) {
        if (number != begin + at) return Status::Ok();
        came = true;
        rig.database.before = nullptr;
        return other.Record({Entry(11, row.other)});
      };
      REQUIRE(rig.store.Record({Entry(10, row.one)}).ok());
      rig.database.before = nullptr;
      if (!came) REQUIRE(other.Record({Entry(11, row.other)}).ok());
      CHECK(rig.database.completions.size() == row.completions);
      // What is left behind by who was overtaken does not count, and goes with the next that comes.
      REQUIRE(rig.store.Record({Entry(12, row.one)}).ok());
      CHECK(rig.database.completions.size() == row.completions);
      CHECK(rig.OpenParts() == row.open);
      CHECK(rig.store.completions() + other.completions() == row.completions);
    }
  }
}

TEST_CASE(
    "LedgerStore: a database that is away, one that refuses, and one that is always quicker") {
  Rig rig;
  rig.database.before = [](int) { return Status(Code::kUnreachable, "away"); };
  CHECK(rig.store.Record({Entry(10, "0-30")}).code() == Code::kUnreachable);
  CHECK(rig.database.statements_run == 1);
  rig.database.before = [](int) { return Status(Code::kIo, "no such table"); };
  CHECK(rig.store.Record({Entry(10, "0-30")}).code() == Code::kIo);
  CHECK(rig.database.statements_run < 10);
  REQUIRE(rig.database.open.empty());
  rig.database.before = nullptr;
  REQUIRE(rig.store.Record({Entry(10, "0-30")}).ok());
  rig.database.before = [&](int) {
    std::string& version = rig.database.open.begin()->second["version"];
    version = std::to_string(std::stoll(version) + 1);
    return Status::Ok();
  };
  CHECK(rig.store.Record({Entry(20, "30-40")}).code() == Code::kBusy);
}

TEST_CASE("LedgerStore: rows that nobody of ours wrote are told") {
  Rig rig;
  REQUIRE(rig.store.Record({Entry(10, "0-30")}).ok());
  rig.database.open.begin()->second["parts"] = "all of it";
  const Status status = rig.store.Record({Entry(20, "30-40")});
  CHECK(status.code() == Code::kIo);
  CHECK(status.text().find("audiodl_open_parts") != std::string::npos);
}

TEST_CASE("LedgerStore: what nobody goes on with is forgotten") {
  Rig rig;
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  REQUIRE(rig.store.Record({Entry(seconds - kOpenPartsLife.count() + 5, "0-30")}).ok());
  REQUIRE(rig.store.Forget(now).ok());
  CHECK(rig.OpenParts() == "0-30");
  REQUIRE(rig.store.Forget(now + std::chrono::seconds(10)).ok());
  CHECK(rig.database.open.empty());
}

TEST_CASE("LedgerStatements: bind every parameter by a name that is known, and are told apart") {
  const LedgerStatements statements;
  std::vector<std::string> labels;
  for (const SqlStatement* statement : statements.All()) {
    labels.push_back(statement->label());
    CHECK(statement->text().find("%{") == std::string::npos);
    CHECK(statement->text().find(';') == std::string::npos);
  }
  std::sort(labels.begin(), labels.end());
  CHECK(std::unique(labels.begin(), labels.end()) == labels.end());
  CHECK(statements.insert_open.text().find(
            "VALUES (%s, %s, %s, %s, %s, %lld, %s, %lld, %lld, %lld)") != std::string::npos);
}

}  // namespace
}  // namespace audiodl
