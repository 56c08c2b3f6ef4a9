// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_store.h"

#include <algorithm>
#include <random>
#include <utility>

#include "common/base/text.h"
#include "common/ledger/ledger_sql.h"

namespace audiodl {
namespace {

// Whoever is overtaken so often meets more servers than anybody has.
constexpr int kAttempts = 20;
// An INSERT is refused where another server was quicker; more often than that, for another reason.
constexpr int kRefusals = 3;

SqlStatement Statement(std::string_view text) {
  return SqlStatement(SqlTemplate::ParseOwn(text, ledger_sql::kParameters).value());
}

std::optional<uint64_t> NumberAt(const LedgerDatabase::Row& row, size_t column) {
  return column < row.size() && row[column] ? ParseDecimal(*row[column]) : std::nullopt;
}

Status Malformed(const char* table) {
  return Status(Code::kIo, std::string("the table ") + table +
                               " has a row that nobody of ours wrote: see conf/schema.sql");
}

std::string RandomVersion() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  return std::to_string(random() >> 4);  // and room to count on, in a signed number
}

std::vector<SqlValue> ValuesOf(const LedgerItem& item) {
  return {{"download", item.Key()},
          {"customer", item.customer},
          {"book", item.book},
          {"chunk", item.chunk},
          {"generation", item.generation},
          {"size", std::to_string(item.size)}};
}

}  // namespace

LedgerStatements::LedgerStatements()
    : last_completion(Statement(ledger_sql::kLastCompletion)),
      find_open(Statement(ledger_sql::kFindOpen)),
      insert_completion(Statement(ledger_sql::kInsertCompletion)),
      insert_open(Statement(ledger_sql::kInsertOpen)),
      update_open(Statement(ledger_sql::kUpdateOpen)),
      delete_open(Statement(ledger_sql::kDeleteOpen)),
      forget_open(Statement(ledger_sql::kForgetOpen)) {}

std::vector<const SqlStatement*> LedgerStatements::All() const {
  return {&last_completion, &find_open,   &insert_completion, &insert_open,
          &update_open,     &delete_open, &forget_open};
}

Result<LedgerStore::Known> LedgerStore::Read(const std::string& key) {
  Known known;
  // The open parts first: a completion that is noted in between is then seen, and not missed
  // together with the parts that it has removed.
  const auto open = database_.Select(statements_.find_open, {{"download", key}});
  if (!open.ok()) return open.status();
  if (!open->empty()) {
    const LedgerDatabase::Row& row = open->front();
    const auto at = NumberAt(row, 2);
    known.version = NumberAt(row, 0);
    if (!known.version || row.size() < 3 || !row[1] || !at) return Malformed("audiodl_open_parts");
    Result<DeliveredParts> parts = DeliveredParts::Parse(*row[1]);
    if (!parts.ok()) return Malformed("audiodl_open_parts");
    known.state.open = OpenParts{std::move(parts).value(), static_cast<int64_t>(*at)};
  }
  const auto last = database_.Select(statements_.last_completion, {{"download", key}});
  if (!last.ok()) return last.status();
  if (!last->empty()) {
    const auto nth = NumberAt(last->front(), 0);
    const auto at = NumberAt(last->front(), 1);
    if (!nth || !at) return Malformed("audiodl_completions");
    known.state.last = Completion{*nth, static_cast<int64_t>(*at)};
  }
  return known;
}

// kChanged: nothing was, because somebody else was quicker.
Status LedgerStore::Expect(Result<uint64_t> changed) const {
  if (!changed.ok()) return changed.status();
  return *changed > 0 ? Status::Ok() : Status(Code::kChanged, "another server was quicker");
}

Status LedgerStore::WriteOpen(const LedgerItem& item, const Known& before,
                              const LedgerState& after) {
  if (!after.open) {
    if (!before.version) return Status::Ok();
    return Expect(database_.Execute(
        statements_.delete_open,
        {{"download", item.Key()}, {"version", std::to_string(*before.version)}}));
  }
  if (before.version && after.open == before.state.open) return Status::Ok();
  std::vector<SqlValue> values = ValuesOf(item);
  values.push_back({"parts", after.open->parts.Text()});
  values.push_back({"delivered", std::to_string(after.open->parts.bytes())});
  values.push_back({"at", std::to_string(after.open->at)});
  values.push_back({"version", before.version ? std::to_string(*before.version) : RandomVersion()});
  if (!before.version) return Expect(database_.Execute(statements_.insert_open, values));
  return Expect(database_.Execute(statements_.update_open, values));
}

Status LedgerStore::WriteOnce(const std::vector<LedgerEntry>& entries) {
  const LedgerItem& item = entries.front().item;
  const Result<Known> before = Read(item.Key());
  if (!before.ok()) return before.status();
  std::vector<Completion> completed;
  const LedgerState after = FoldEntries(before->state, entries, options_.window, completed);
  for (const Completion& completion : completed) {
    std::vector<SqlValue> values = ValuesOf(item);
    values.push_back({"nth", std::to_string(completion.nth)});
    values.push_back({"at", std::to_string(completion.at)});
    const Status status = Expect(database_.Execute(statements_.insert_completion, values));
    if (!status.ok()) return status;
    ++completions_;
  }
  return WriteOpen(item, *before, after);
}

Status LedgerStore::Record(std::vector<LedgerEntry> entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const LedgerEntry& a, const LedgerEntry& b) { return a.at < b.at; });
  int refusals = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Status status = WriteOnce(entries);
    const bool refused = status.code() == Code::kIo;
    // Reading again tells whether somebody else was quicker.
    const bool again = status.code() == Code::kChanged || (refused && ++refusals < kRefusals);
    if (!again) return status;
  }
  return Status(Code::kBusy, "other servers were quicker all the time");
}

Status LedgerStore::Forget(std::chrono::system_clock::time_point now) {
  const auto before = std::chrono::floor<std::chrono::seconds>(now) - kOpenPartsLife;
  return database_
      .Execute(statements_.forget_open,
               {{"before", std::to_string(before.time_since_epoch().count())}})
      .status();
}

}  // namespace audiodl
