// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/dbd_connection.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "mod_audiodl/module.h"

namespace audiodl {

// After a restart of the database mod_dbd may still hold connections that are dead. ap_dbd_open()
// asks the one it takes, closes it if it is dead, and fails. Where a connection was closed
// meanwhile, asking again is worth while: each time there is one dead connection less, and the next
// may be new. Where none was, the database itself is away.
Status DbdConnection::Open(const CallThreads::Abandoned& abandoned) {
  static constexpr int kMaxAttempts = 100;  // far more connections than one child has
  if (connection_ != nullptr) return Status::Ok();
  SetOpening(true);
  for (int attempt = 0; connection_ == nullptr && attempt < kMaxAttempts; ++attempt) {
    const unsigned ended_before = options_.sockets.ended();
    connection_ = options_.functions.open(pool_.get(), options_.server);
    if (abandoned || options_.sockets.ended() == ended_before) break;
  }
  SetOpening(false);
  if (connection_ == nullptr) {
    return Status(Code::kUnreachable,
                  "no connection to the database: mod_dbd says why in the lines above");
  }
  Count(+1);
  return Status::Ok();
}

void DbdConnection::SetOpening(bool opening) {
  SocketInodes before = opening ? OwnSockets() : SocketInodes();
  options_.sockets.SetTaken(connection_, true);
  const std::lock_guard lock(mutex_);
  opening_ = opening;
  before_ = std::move(before);
  breakable_ = connection_;
}

// While it is being opened nobody knows its socket: it is one that mod_dbd has had before, or one
// that has come up since and leads to the database. A connection that another thread opens at the
// same time may be broken with it; that thread opens another.
void DbdConnection::Break() {
  const std::lock_guard lock(mutex_);
  if (breakable_ != nullptr) options_.sockets.Break(breakable_);
  if (!opening_) return;
  options_.sockets.BreakUntaken();
  ShutDownSocketsTo(options_.port, before_);
}

void DbdConnection::Close() {
  if (connection_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    breakable_ = nullptr;
  }
  options_.sockets.SetTaken(connection_, false);
  options_.functions.close(options_.server, std::exchange(connection_, nullptr));
  Count(-1);
}

void DbdConnection::Count(int connections) {
  if (ProcessGauges::Slot* slot = options_.gauges.Of(getpid())) {
    slot->connections += static_cast<uint32_t>(connections);
  }
}

DbdConnection::Attempt DbdConnection::Try(const DbdStatement& statement,
                                          const CallThreads::Abandoned& abandoned) {
  // Results must not outlive the connection.
  ScopedPool pool(pool_.get());
  const DbdQuery query{statement, pool.get(), apr_bucket_alloc_create(pool.get())};
  Result<std::vector<DbRow>> rows = RunPrepared(connection_, query);
  if (rows.ok()) return {std::move(rows), true};
  // A connection that lives may have been renewed behind our back (libmariadb's reconnect=1,
  // libpq's reset) or seen the schema change (SQLite): in all three cases the connection works and
  // the statement never will again, unless it is prepared anew.
  const bool works = !abandoned && apr_dbd_check_conn(connection_->driver, pool.get(),
                                                      connection_->handle) == APR_SUCCESS;
  if (works) return {PrepareAndRun(connection_, query), true};
  return {std::move(rows), false};
}

Result<std::vector<DbRow>> DbdConnection::Select(const DbdStatement& statement,
                                                 const CallThreads::Abandoned& abandoned) {
  for (bool is_second_try = false;; is_second_try = true) {
    if (Status opened = Open(abandoned); !opened.ok()) return opened;
    Attempt attempt = Try(statement, abandoned);
    if (attempt.connection_works) return std::move(attempt.rows);
    Close();
    const std::string& why = attempt.rows.status().text();
    if (is_second_try || abandoned) return Status(Code::kUnreachable, why);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, options_.server,
                 "audiodl: once more on a new connection: %s", why.c_str());
  }
}

}  // namespace audiodl
