// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/downloads.h"

#include <http_log.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "common/base/text.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/ledger_downloads.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

using Rows = std::vector<DbRow>;

// More than any book has chunks.
constexpr size_t kMaxRows = 20'000;
constexpr size_t kRightColumns = 3;  // verdict, end, revocation; then chunk and time

Result<Rows> AskPage(request_rec* r, const std::string& customer, const ChunkName& book) {
  const ServerConfig& config = ServerConfigOf(r->server);
  return config.dbd->SelectRows(r->pool, r->server, *config.page_query,
                                {{"customer", customer},
                                 {"book", book.book},
                                 {"now", std::to_string(apr_time_sec(apr_time_now()))}},
                                kMaxRows);
}

const Downloads* Keep(request_rec* r, const Rows& rows) {
  auto* downloads = NewInPool<Downloads>(r->pool);
  for (const DbRow& row : rows) {
    if (row.size() < kRightColumns + 2) continue;
    const std::optional<std::string>& chunk = row[kRightColumns];
    const std::string time = row[kRightColumns + 1].value_or("");
    // Some types have a fraction, whatever is in it.
    const std::optional<uint64_t> seconds = ParseDecimal(time.substr(0, time.find('.')));
    if (chunk && seconds) downloads->Add(*chunk, {"", static_cast<int64_t>(*seconds)});
  }
  StateOf(r).downloads = downloads;
  return downloads;
}

}  // namespace

Result<EntitlementAnswer> AskPageRight(request_rec* r, const std::string& customer,
                                       const ChunkName& book) {
  const Result<Rows> rows = AskPage(r, customer, book);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return EntitlementAnswer();
  Keep(r, *rows);
  const DbRow& first = rows->front();
  return EntitlementAnswer::FromColumns(
      std::span(first).first(std::min(first.size(), kRightColumns)));
}

const Downloads* FindDownloads(request_rec* r, const std::string& customer, const ChunkName& book) {
  if (StateOf(r).downloads != nullptr) return StateOf(r).downloads;
  const ServerConfig& config = ServerConfigOf(r->server);
  if (!config.page_query) return FindInLedger(r, customer, book);
  if (config.dbd == nullptr) return nullptr;
  const Result<Rows> rows = AskPage(r, customer, book);
  if (rows.ok()) return Keep(r, *rows);
  ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                "audiodl: the page is shown without what was downloaded: %s",
                rows.status().text().c_str());
  return nullptr;
}

}  // namespace audiodl
