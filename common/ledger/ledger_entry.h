// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One line of the ledger before it is in the database: whom something was delivered to, of what,
// and which bytes. Values; one thread at a time.

#ifndef AUDIODL_COMMON_LEDGER_LEDGER_ENTRY_H_
#define AUDIODL_COMMON_LEDGER_LEDGER_ENTRY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/ledger/delivered_parts.h"

namespace audiodl {

// One generation of one chunk for one customer: what is completed, or not.
struct LedgerItem {
  std::string customer;
  std::string book;
  std::string chunk;       // the last segment of the path
  std::string generation;  // the object's entity tag
  uint64_t size = 0;

  bool operator==(const LedgerItem&) const = default;

  // 32 hex digits that stand for all of it: SHA-256 over the fields with their lengths.
  std::string Key() const;
};

struct LedgerEntry {
  LedgerItem item;
  int64_t at = 0;  // when, in Unix seconds
  DeliveredParts parts;
};

// As bytes, for the journal.
std::string EncodeLedgerEntry(const LedgerEntry& entry);
// kCorrupt: not what EncodeLedgerEntry() makes.
Result<LedgerEntry> DecodeLedgerEntry(std::string_view bytes);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_LEDGER_ENTRY_H_
