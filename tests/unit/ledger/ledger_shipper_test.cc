// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_shipper.h"

#include <sys/file.h>

#include <filesystem>
#include <memory>
#include <string>

#include "common/ledger/journal_writer.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/ledger/fake_ledger_database.h"

namespace audiodl {
namespace {

std::string Delivered(const std::string& chunk, const char* parts = "0-100") {
  const LedgerEntry entry = {
      {"42", "dune", chunk, "\"e\"", 100}, 1000, DeliveredParts::Parse(parts).value()};
  return EncodeRecord(RecordKind::kDelivered, 0, EncodeLedgerEntry(entry));
}

struct Rig {
  TempDir dir;
  LedgerStatements statements;
  FakeLedgerDatabase database{statements};
  LedgerStore store{database, statements, {}};
  std::string told;
  LedgerShipper shipper{
      {.directory = dir.path(), .prefix = "p"}, store, [this](LogLevel, std::string_view text) {
        told += std::string(text) + "\n";
      }};

  std::unique_ptr<JournalWriter> Writer(const char* prefix = "p") {
    return std::make_unique<JournalWriter>(
        JournalWriter::Options{.directory = dir.path(), .prefix = prefix});
  }
  size_t Journals() const {
    size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
      count += file.path().extension() == ".ledger" ? 1 : 0;
    }
    return count;
  }
};

TEST_CASE("LedgerShipper: takes what all processes have noted, once") {
  Rig rig;
  const auto one = rig.Writer(), other = rig.Writer();
  REQUIRE(one->Append(Delivered("a", "0-50") + Delivered("b")).ok());
  REQUIRE(other->Append(Delivered("a", "50-100")).ok());
  const LedgerShipper::Outcome outcome = rig.shipper.Ship();
  CHECK(outcome.status.ok());
  CHECK(outcome.shipped == 3);
  CHECK(outcome.waiting == 0);
  CHECK(rig.database.completions.size() == 2);
  CHECK(rig.database.open.empty());
  const int statements = rig.database.statements_run;
  CHECK(rig.shipper.Ship().shipped == 0);
  CHECK(rig.database.statements_run == statements);
}

TEST_CASE("LedgerShipper: of its own virtual host only, and none while another ships") {
  Rig rig;
  const auto writer = rig.Writer(), foreign = rig.Writer("q");
  REQUIRE(foreign->Append(Delivered("a")).ok());
  CHECK(rig.shipper.Ship().shipped == 0);
  REQUIRE(writer->Append(Delivered("b")).ok());
  {
    const UniqueFd lock(open(rig.dir.Of("p.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(flock(lock.get(), LOCK_EX | LOCK_NB) == 0);
    CHECK(rig.shipper.Ship().status.code() == Code::kBusy);
  }
  CHECK(rig.shipper.Ship().shipped == 1);
  LedgerShipper all({.directory = rig.dir.path(), .prefix = ""}, rig.store,
                    [](LogLevel, std::string_view) {});
  CHECK(all.Ship().shipped == 1);
}

TEST_CASE("LedgerShipper: what the database does not take waits, however long") {
  Rig rig;
  rig.Writer()->Append(Delivered("a") + Delivered("b")).ok();
  rig.database.before = [](int) { return Status(Code::kUnreachable, "away"); };
  for (int i = 0; i < 50; ++i) {
    const LedgerShipper::Outcome outcome = rig.shipper.Ship();
    CHECK(outcome.status.code() == Code::kUnreachable);
    CHECK(outcome.waiting == 2);
    CHECK(outcome.lost == 0);
  }
  // One question each time: nobody hammers a database that is down.
  CHECK(rig.database.statements_run == 50);
  rig.database.before = [](int) { return Status(Code::kIo, "no such table"); };
  for (int i = 0; i < 50; ++i) CHECK(rig.shipper.Ship().waiting == 2);
  CHECK(rig.Journals() == 1);
  rig.database.before = nullptr;
  CHECK(rig.shipper.Ship().shipped == 2);
  CHECK(rig.database.completions.size() == 2);
  CHECK(rig.Journals() == 0);
}

TEST_CASE("LedgerShipper: a batch that was shipped half is shipped again, and counts once") {
  for (int dies_at = 0; dies_at < 12; ++dies_at) {
    CAPTURE(dies_at);
    Rig rig;
    rig.Writer()->Append(Delivered("a") + Delivered("b") + Delivered("c", "0-50")).ok();
    rig.database.before = [dies_at](int number) {
      return number == dies_at ? Status(Code::kUnreachable, "away") : Status::Ok();
    };
    rig.shipper.Ship();
    rig.shipper.Ship();
    CHECK(rig.database.completions.size() == 2);
    CHECK(rig.database.open.size() == 1);
    CHECK(rig.Journals() == 0);
  }
}

TEST_CASE("LedgerShipper: what is refused while all else is taken is given up, and told") {
  Rig rig;
  const auto writer = rig.Writer();
  REQUIRE(writer->Append(Delivered("bad")).ok());
  const LedgerItem bad = {"42", "dune", "bad", "\"e\"", 100};
  FakeLedgerDatabase::Values poison;
  poison["version"] = "1";
  poison["parts"] = "nonsense";
  poison["at"] = "1";
  rig.database.open[bad.Key()] = poison;
  uint64_t lost = 0;
  for (int i = 0; i < 30 && lost == 0; ++i) {
    REQUIRE(writer->Append(Delivered("good-" + std::to_string(i))).ok());
    lost = rig.shipper.Ship().lost;
  }
  CHECK(lost == 1);
  CHECK(rig.told.find("dune/bad") != std::string::npos);
  CHECK(rig.shipper.Ship().waiting == 0);
}

TEST_CASE("LedgerShipper: a torn end is told, a directory that is missing too") {
  Rig rig;
  const std::string record = Delivered("a");
  rig.Writer()->Append(Delivered("b") + record.substr(0, record.size() - 3)).ok();
  const LedgerShipper::Outcome outcome = rig.shipper.Ship();
  CHECK(outcome.shipped == 1);
  CHECK(outcome.lost == 1);
  CHECK(rig.told.find("torn") != std::string::npos);
  LedgerShipper lost({.directory = "/does/not/exist", .prefix = "p"}, rig.store,
                     [](LogLevel, std::string_view) {});
  CHECK(lost.Ship().status.code() == Code::kNotFound);
}

}  // namespace
}  // namespace audiodl
