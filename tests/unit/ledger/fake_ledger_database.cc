// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/ledger/fake_ledger_database.h"

#include <stdexcept>

namespace audiodl {
namespace {

FakeLedgerDatabase::Values ByName(const std::vector<SqlValue>& given) {
  FakeLedgerDatabase::Values values;
  for (const SqlValue& value : given) values[std::string(value.name)] = value.value;
  return values;
}

const Status kDuplicate(Code::kIo, "the database refuses: Duplicate entry");

}  // namespace

Status FakeLedgerDatabase::Step() {
  const int number = statements_run++;
  // Once: whoever steps in may run statements of its own.
  const auto hook = before;
  return hook ? hook(number) : Status::Ok();
}

Result<std::vector<LedgerDatabase::Row>> FakeLedgerDatabase::Select(
    const SqlStatement& statement, const std::vector<SqlValue>& given) {
  if (const Status status = Step(); !status.ok()) return status;
  const std::string download = ByName(given)["download"];
  std::vector<Row> rows;
  if (&statement == &statements_.find_open) {
    const auto found = open.find(download);
    if (found == open.end()) return rows;
    Values& row = found->second;
    rows.push_back({row["version"], row["parts"], row["at"]});
  } else if (&statement == &statements_.last_completion) {
    for (auto& [key, row] : completions) {
      if (key.first == download) rows = {{std::to_string(key.second), row["at"]}};
    }
  } else {
    throw std::logic_error("not a SELECT of the ledger");
  }
  return rows;
}

Result<uint64_t> FakeLedgerDatabase::Execute(const SqlStatement& statement,
                                             const std::vector<SqlValue>& given) {
  if (const Status status = Step(); !status.ok()) return status;
  Values values = ByName(given);
  const std::string download = values["download"];
  if (&statement == &statements_.insert_completion) {
    if (!completions.try_emplace({download, std::stoi(values["nth"])}, values).second)
      return kDuplicate;
    return 1;
  }
  if (&statement == &statements_.insert_open) {
    if (!open.try_emplace(download, values).second) return kDuplicate;
    return 1;
  }
  const auto found = open.find(download);
  if (&statement == &statements_.update_open || &statement == &statements_.delete_open) {
    if (found == open.end() || found->second["version"] != values["version"]) return 0;
    if (&statement == &statements_.delete_open) {
      open.erase(found);
    } else {
      values["version"] = std::to_string(std::stoll(values["version"]) + 1);
      found->second = values;
    }
    return 1;
  }
  if (&statement == &statements_.forget_open) {
    return std::erase_if(open, [&](const auto& row) {
      return std::stoll(row.second.at("at")) < std::stoll(values.at("before"));
    });
  }
  throw std::logic_error("no statement of the ledger");
}

}  // namespace audiodl
