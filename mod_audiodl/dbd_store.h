// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The shop's database, through mod_dbd: prepared statements that return rows.
//
// Statements are not run by the thread that asks but by a few threads of the process, each with a
// connection of its own (AudioDBConnections of them), and whoever asks waits no longer than
// AudioDBTimeout: neither mod_dbd nor the drivers know any time-out, and mod_dbd holds a lock while
// it opens a connection. A warm query is one round trip.
//
// One store serves all virtual hosts. Made in post_config; thread-safe in a child.

#ifndef AUDIODL_MOD_AUDIODL_DBD_STORE_H_
#define AUDIODL_MOD_AUDIODL_DBD_STORE_H_

#include <httpd.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/calls/backend.h"
#include "common/calls/overdue_watch.h"
#include "common/session/sql_statement.h"
#include "mod_audiodl/dbd_connection.h"
#include "mod_audiodl/dbd_select.h"

namespace audiodl {

class Backends;

void RegisterDbdStore(apr_pool_t* pool);

class DbdStore {
 public:
  explicit DbdStore(const DbdFunctions& functions);
  ~DbdStore();
  DbdStore(const DbdStore&) = delete;
  DbdStore& operator=(const DbdStore&) = delete;

  // The database of that server, which those with the same settings of mod_dbd's share.
  // REQUIRES: not later than mod_dbd's post_config, which shares connections out among the servers.
  // `backends` outlives this.
  void Add(server_rec* server, Backends& backends);

  // Makes mod_dbd prepare the statement on each new connection of that server; one that it does not
  // know is prepared when it is first run. REQUIRES: Add(); as there. `statement` must live as long
  // as the configuration.
  void Prepare(server_rec* server, const SqlStatement& statement);

  // The first row; nothing where there is none. `statement` must live as long as the configuration.
  // kUnreachable: no answer in time, no connection, or none lately. kBusy: no connection was free
  // in time. kIo: the database refused the statement, on a second try too. The text is for the log:
  // it holds the database's own words unless they repeat a value. Of kUnreachable the log tells
  // already.
  Result<std::optional<DbRow>> SelectRow(request_rec* r, const SqlStatement& statement,
                                         const std::vector<SqlValue>& values);

  // The first column of the first row; nothing where there is no row or it is NULL.
  Result<std::optional<std::string>> SelectValue(request_rec* r, const SqlStatement& statement,
                                                 const std::vector<SqlValue>& values);

  // The first `max_rows` rows, for any thread of a child. Errors as SelectRow(). The time-out is
  // that of `server`.
  Result<std::vector<DbRow>> SelectRows(apr_pool_t* pool, server_rec* server,
                                        const SqlStatement& statement,
                                        const std::vector<SqlValue>& values, size_t max_rows);

  // Runs a statement that changes something; how many rows it did change. Errors as SelectRow(). It
  // is made once more where the connection breaks, so it may be made twice.
  Result<uint64_t> Execute(server_rec* server, const SqlStatement& statement,
                           const std::vector<SqlValue>& values);

  // The server's database; null where it has none.
  const Backend* BackendOf(const server_rec* server) const;

  // mod_dbd opens connections of its own when a child begins (DBDMin), on a thread that is not
  // ours: it must not hang there.
  void BeginWatch();
  void EndWatch() { watch_.reset(); }

  // For the hook that is told of each new connection.
  DbdSockets& sockets() { return sockets_; }

 private:
  struct Database;
  // Shared with the thread that asks, which may still be at it when whoever wants it has gone.
  struct Exchange {
    BoundValues values;
    std::vector<DbRow> rows;
    uint64_t changed = 0;
  };
  using Question = std::function<Status(DbdConnection& connection, Exchange& exchange,
                                        const CallThreads::Abandoned& abandoned)>;

  Result<std::shared_ptr<Exchange>> Ask(server_rec* server, BoundValues values, Question question);

  // Null for a server that asks for nothing.
  Database* Find(const server_rec* server) const;

  const DbdFunctions functions_;
  DbdSockets sockets_;
  std::vector<std::unique_ptr<Database>> databases_;  // few
  std::unique_ptr<OverdueWatch> watch_;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DBD_STORE_H_
