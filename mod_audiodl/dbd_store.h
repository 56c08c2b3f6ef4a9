// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The shop's database, through mod_dbd: prepared statements that return rows.
//
// A connection is taken for one query and given back at once (ap_dbd_open, ap_dbd_close). Held for
// the request (ap_dbd_acquire) it would be held until the last byte of the download is sent: three
// slow clients then hang the fourth.
//
// One store serves all virtual hosts of a process. Made in post_config; thread-safe from then on.

#ifndef AUDIODL_MOD_AUDIODL_DBD_STORE_H_
#define AUDIODL_MOD_AUDIODL_DBD_STORE_H_

#include <apr_dbd.h>  // mod_dbd.h needs it and does not include it
#include <httpd.h>

#include <mod_dbd.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/session/sql_statement.h"
#include "mod_audiodl/dbd_select.h"

namespace audiodl {

void RegisterDbdStore(apr_pool_t* pool);

class DbdStore {
 public:
  struct Functions {
    APR_OPTIONAL_FN_TYPE(ap_dbd_prepare) * prepare;
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) * open;
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) * close;
  };

  explicit DbdStore(const Functions& functions) : functions_(functions) {}

  // Makes mod_dbd prepare the statement on each connection of that server.
  // REQUIRES: not later than mod_dbd's post_config, which shares connections out among the servers;
  // once for each of mod_dbd's configurations. `statement` must live as long as the configuration.
  void Prepare(server_rec* server, const SqlStatement& statement) const;

  // The first row; nothing where there is none.
  // kUnreachable: no connection. kIo: the statement failed, on a second try too. The text is for
  // the log: it holds the database's own words unless they repeat a value.
  Result<std::optional<DbRow>> SelectRow(request_rec* r, const SqlStatement& statement,
                                         const std::vector<SqlValue>& values);

  // The first column of the first row; nothing where there is no row or it is NULL.
  Result<std::optional<std::string>> SelectValue(request_rec* r, const SqlStatement& statement,
                                                 const std::vector<SqlValue>& values);

  // The first `max_rows` rows, for any thread of a child. Nothing is kept in `pool`, which no other
  // thread may use meanwhile. Errors as SelectRow().
  Result<std::vector<DbRow>> SelectRows(apr_pool_t* pool, server_rec* server,
                                        const SqlStatement& statement,
                                        const std::vector<SqlValue>& values, size_t max_rows);

  // For the hook and the cleanup that follow connections.
  void NoteClosedConnection() { ++closed_connections_; }

 private:
  class Connection;

  ap_dbd_t* OpenLiveConnection(apr_pool_t* pool, server_rec* server);

  Functions functions_;
  std::atomic<unsigned> closed_connections_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DBD_STORE_H_
