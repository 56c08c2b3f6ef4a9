// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/book_state.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

// The columns of ledger_sql::kBookState.
enum Column : size_t { kCustomer, kBook, kChunk, kGeneration, kCompletedAt, kSize, kDelivered };
constexpr size_t kColumns = kDelivered + 1;

bool IsOf(const LedgerDatabase::Row& row, std::string_view customer, std::string_view book) {
  return row[kCustomer] == customer && row[kBook] == book;
}

std::optional<Download> DownloadIn(const LedgerDatabase::Row& row) {
  const std::optional<uint64_t> completed_at = ParseDecimal(row[kCompletedAt].value_or(""));
  const std::optional<uint64_t> size = ParseDecimal(row[kSize].value_or(""));
  const std::optional<uint64_t> delivered = ParseDecimal(row[kDelivered].value_or(""));
  if (!completed_at || *completed_at > uint64_t{std::numeric_limits<int64_t>::max()}) {
    return std::nullopt;
  }
  if (!row[kGeneration] || !size || !delivered) return std::nullopt;
  return Download{*row[kGeneration], static_cast<int64_t>(*completed_at), *size, *delivered};
}

}  // namespace

Downloads DownloadsInLedger(const std::vector<LedgerDatabase::Row>& rows, std::string_view customer,
                            std::string_view book) {
  Downloads downloads;
  for (const LedgerDatabase::Row& row : rows) {
    if (row.size() != kColumns || !row[kChunk] || !IsOf(row, customer, book)) continue;
    const std::optional<Download> download = DownloadIn(row);
    if (download) downloads.Add(*row[kChunk], *download);
  }
  return downloads;
}

}  // namespace audiodl
