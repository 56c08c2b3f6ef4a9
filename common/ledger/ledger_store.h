// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The ledger in the shop's database: adds what was delivered, and notes a completion when it is
// whole. Any number of servers may do so at the same time, for the same download too: each reads,
// works out what the row should be, and writes that only if nobody has changed it meanwhile; else
// it reads again. A completion's primary key makes sure that it is noted once. What is recorded
// twice, because a server died before it knew that the first time had worked, changes nothing.
//
//   LedgerStore store(database, {.window = 24h});
//   Status status = store.Record(entries_of_one_item);
//
// One thread at a time.

#ifndef AUDIODL_COMMON_LEDGER_LEDGER_STORE_H_
#define AUDIODL_COMMON_LEDGER_LEDGER_STORE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ledger/ledger_entry.h"
#include "common/ledger/ledger_fold.h"
#include "common/session/sql_statement.h"

namespace audiodl {

// The database as the ledger needs it.
class LedgerDatabase {
 public:
  using Row = std::vector<std::optional<std::string>>;

  virtual ~LedgerDatabase() = default;
  // kUnreachable and kBusy: try again later. All else is the database's answer.
  virtual Result<std::vector<Row>> Select(const SqlStatement& statement,
                                          const std::vector<SqlValue>& values) = 0;
  // How many rows were changed.
  virtual Result<uint64_t> Execute(const SqlStatement& statement,
                                   const std::vector<SqlValue>& values) = 0;
};

// The statements of ledger_sql.h, made ready once.
struct LedgerStatements {
  LedgerStatements();

  SqlStatement last_completion, find_open, insert_completion, insert_open, update_open, delete_open,
      forget_open;

  std::vector<const SqlStatement*> All() const;
};

class LedgerStore {
 public:
  struct Options {
    std::chrono::seconds window = std::chrono::hours(24);
  };

  // `database` and `statements` are borrowed.
  LedgerStore(LedgerDatabase& database, const LedgerStatements& statements, Options options)
      : database_(database), statements_(statements), options_(options) {}

  // REQUIRES: at least one entry, all of one item. kUnreachable, kBusy: nothing is wrong with them;
  // kIo: the database refuses them, in its own words.
  Status Record(std::vector<LedgerEntry> entries);

  // Removes what nobody has gone on with for kOpenPartsLife.
  Status Forget(std::chrono::system_clock::time_point now);

  // How many completions Record() has noted so far.
  uint64_t completions() const { return completions_; }

 private:
  struct Known {
    LedgerState state;
    std::optional<uint64_t> version;  // of the open parts' row; none: there is none
  };

  Result<Known> Read(const std::string& key);
  Status WriteOnce(const std::vector<LedgerEntry>& entries);
  Status WriteOpen(const LedgerItem& item, const Known& before, const LedgerState& after);
  Status Expect(Result<uint64_t> changed) const;

  LedgerDatabase& database_;
  const LedgerStatements& statements_;
  const Options options_;
  uint64_t completions_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_LEDGER_STORE_H_
