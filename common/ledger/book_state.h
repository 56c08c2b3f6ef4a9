// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the ledger knows of one customer and one book, as the book's page shows it.
//
//   rows of ledger_sql::kBookState  ->  DownloadsInLedger(rows, "42", "dune").Mark(page's view)
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_LEDGER_BOOK_STATE_H_
#define AUDIODL_COMMON_LEDGER_BOOK_STATE_H_

#include <string_view>
#include <vector>

#include "common/book/downloads.h"
#include "common/ledger/ledger_store.h"

namespace audiodl {

// Rows of another customer or book are left out, and so are those that nobody of ours wrote: a
// page is shown whatever the table holds.
Downloads DownloadsInLedger(const std::vector<LedgerDatabase::Row>& rows, std::string_view customer,
                            std::string_view book);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_BOOK_STATE_H_
