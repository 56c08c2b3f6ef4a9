// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/ledger_downloads.h"

#include <http_log.h>

#include <chrono>
#include <cstddef>
#include <vector>

#include "common/calls/breaker.h"
#include "common/fetch/follower.h"
#include "common/fetch/shared_state.h"
#include "common/ledger/book_state.h"
#include "common/ledger/ledger_sql.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

using Clock = std::chrono::steady_clock;
using Rows = std::vector<DbRow>;

// More than any book has chunks, in more generations than anybody downloads.
constexpr size_t kMaxRows = 20'000;

const SqlStatement& BookStateStatement() {
  static const SqlStatement kStatement(
      SqlTemplate::ParseOwn(ledger_sql::kBookState, ledger_sql::kParameters).value());
  return kStatement;
}

// One line when it begins and one when it ends, whichever processes notice.
void Tell(request_rec* r, Breaker::Change change, const Status& status) {
  if (change == Breaker::Change::kOpened) {
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "audiodl: books' pages are shown without what was downloaded until the tables "
                  "audiodl_completions and audiodl_open_parts can be read: %s",
                  status.text().c_str());
  } else if (change == Breaker::Change::kClosed) {
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                  "audiodl: books' pages show again what was downloaded");
  }
}

Result<Rows> Ask(request_rec* r, const std::string& customer, const ChunkName& book,
                 Breaker& breaker) {
  if (!breaker.Admit(Clock::now())) {
    return Status(Code::kUnreachable, "the ledger could not be read lately");
  }
  Result<Rows> rows = ServerConfigOf(r->server).dbd->SelectRows(
      r->pool, r->server, BookStateStatement(), {{"customer", customer}, {"book", book.book}},
      kMaxRows);
  Tell(r, rows.ok() ? breaker.Succeeded() : breaker.Failed(Clock::now()), rows.status());
  return rows;
}

}  // namespace

const Downloads* FindInLedger(request_rec* r, const std::string& customer, const ChunkName& book) {
  const ServerConfig& config = ServerConfigOf(r->server);
  if (config.ledger_prefix.empty() || config.fetcher == nullptr) return nullptr;
  // A virtual host may share the settings, and have no database of its own.
  const Backend* database = config.dbd->BackendOf(r->server);
  if (database == nullptr) return nullptr;
  Counters& counters = config.fetcher->shared->counters;
  const Result<Rows> rows = Ask(r, customer, book, counters.ledger_pages[database->number()]);
  if (!rows.ok()) {
    counters.ledger.unshown.Add();
    return nullptr;
  }
  return NewInPool<Downloads>(r->pool, DownloadsInLedger(*rows, customer, book.book));
}

}  // namespace audiodl
