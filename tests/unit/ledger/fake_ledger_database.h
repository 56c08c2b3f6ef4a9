// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The ledger's two tables in memory, behind the interface that the real database is behind. It does
// what each statement says, and lets a test step in before any of them. One thread at a time.

#ifndef AUDIODL_TESTS_UNIT_LEDGER_FAKE_LEDGER_DATABASE_H_
#define AUDIODL_TESTS_UNIT_LEDGER_FAKE_LEDGER_DATABASE_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/ledger/ledger_store.h"

namespace audiodl {

class FakeLedgerDatabase : public LedgerDatabase {
 public:
  using Values = std::map<std::string, std::string>;

  explicit FakeLedgerDatabase(const LedgerStatements& statements) : statements_(statements) {}

  Result<std::vector<Row>> Select(const SqlStatement& statement,
                                  const std::vector<SqlValue>& given) override;
  Result<uint64_t> Execute(const SqlStatement& statement,
                           const std::vector<SqlValue>& given) override;

  std::map<std::pair<std::string, int>, Values> completions;  // by download and nth
  std::map<std::string, Values> open;                         // by download
  int statements_run = 0;

  // Called before each statement with its number, from 0; what is not ok is its result.
  std::function<Status(int)> before;

 private:
  Status Step();

  const LedgerStatements& statements_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_LEDGER_FAKE_LEDGER_DATABASE_H_
