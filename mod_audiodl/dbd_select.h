// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One run of a prepared statement on one connection of mod_dbd's, and the repair of a statement
// that the database has forgotten. Stateless; the connection must be the caller's alone.

#ifndef AUDIODL_MOD_AUDIODL_DBD_SELECT_H_
#define AUDIODL_MOD_AUDIODL_DBD_SELECT_H_

#include <apr_dbd.h>  // mod_dbd.h needs it and does not include it
#include <httpd.h>

#include <mod_dbd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/session/sql_statement.h"

namespace audiodl {

// One row, each column byte for byte; nothing where it is NULL.
using DbRow = std::vector<std::optional<std::string>>;

// What is asked.
struct DbdStatement {
  const SqlStatement& statement;
  BoundValues& values;
  size_t max_rows;  // what comes after them is read and dropped
  // Where to put how many rows were changed, by a statement that returns none; null: it selects.
  uint64_t* changed = nullptr;
};

struct DbdQuery {
  const DbdStatement& asked;
  apr_pool_t* pool;  // for the results; may be destroyed after the call
  apr_bucket_alloc_t* bucket_alloc;
};

// The first rows, in the statement's order and with as many columns as it has; none of a statement
// that changes something.
// kIo: the text is the database's own, unless it repeats one of the values.
Result<std::vector<DbRow>> RunPrepared(ap_dbd_t* connection, const DbdQuery& query);

// Prepares the statement anew on this connection and runs it. Where that works, the connection
// keeps the new statement in place of the old one.
Result<std::vector<DbRow>> PrepareAndRun(ap_dbd_t* connection, const DbdQuery& query);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DBD_SELECT_H_
