// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Takes what the processes of a server have noted in their journals into the database, batch by
// batch. A journal is marked as shipped only when the database has all of it, so a batch may be
// recorded twice, which changes nothing (ledger_store.h), and none is lost while the database is
// away.
//
//   LedgerShipper shipper({.directory = dir, .prefix = prefix}, store, log);
//   shipper.Ship();   // every second
//
// Whoever ships a directory's journals holds a lock on them. One thread at a time.

#ifndef AUDIODL_COMMON_LEDGER_LEDGER_SHIPPER_H_
#define AUDIODL_COMMON_LEDGER_LEDGER_SHIPPER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/ledger/ledger_entry.h"
#include "common/ledger/ledger_store.h"

namespace audiodl {

class JournalReader;

class LedgerShipper {
 public:
  struct Options {
    std::string directory;
    std::string prefix;  // of the journals' names; empty: all
  };
  // What one call of Ship() came across.
  struct Outcome {
    uint64_t shipped = 0;  // entries that are in the database now
    uint64_t waiting = 0;  // that are not
    uint64_t lost = 0;     // that never will be: torn, or refused again and again
    Status status;         // the first trouble
  };

  // `store` is borrowed.
  LedgerShipper(Options options, LedgerStore& store, LogSink log)
      : options_(std::move(options)), store_(store), log_(std::move(log)) {}

  // kBusy: somebody else ships them at the moment. kNotFound and kIo: the directory cannot be read,
  // or the database refuses. kUnreachable: the database is away.
  Outcome Ship();

 private:
  // How often a single item may be refused, while others are taken, before it is given up.
  static constexpr int kMostRefusals = 20;

  Status Lock();
  Result<std::vector<std::string>> Journals() const;
  void ShipOne(const std::string& path, Outcome& outcome);
  bool ShipItem(std::vector<LedgerEntry> entries, Outcome& outcome);
  void TellTorn(const JournalReader& reader, const std::string& path, Outcome& outcome);

  const Options options_;
  LedgerStore& store_;
  const LogSink log_;
  UniqueFd lock_;
  std::map<std::string, int> refusals_;  // by item
  bool any_taken_ = false;               // in this call
  int refused_in_a_row_ = 0;             // in this call, from its beginning
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_LEDGER_SHIPPER_H_
