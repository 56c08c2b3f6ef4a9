// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/dbd_select.h"

#include <apr_buckets.h>
#include <apr_dbd.h>

#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

using Rows = std::vector<DbRow>;

// The one place where a driver's error becomes a Status.
Status FromDbdError(ap_dbd_t* connection, int error, const DbdQuery& query) {
  const char* words = apr_dbd_error(connection->driver, connection->handle, error);
  std::string text = "the database refused the statement (error " + std::to_string(error);
  if (words == nullptr || *words == '\0') {
    text += ")";
  } else if (query.asked.values.AppearIn(words)) {
    text += "; its message repeats a parameter and is not shown)";
  } else {
    text += ": " + Printable(words, 300) + ")";
  }
  return Status(Code::kIo, std::move(text));
}

// apr_dbd_get_entry() would end at the first NUL, and PHP sessions hold NULs.
Result<std::optional<std::string>> ReadColumn(ap_dbd_t* connection, apr_dbd_row_t* row, int column,
                                              const DbdQuery& query) {
  apr_bucket_brigade* brigade = apr_brigade_create(query.pool, query.bucket_alloc);
  // Twice, because apr_dbd's MySQL driver takes the value's length as it was before it fetches the
  // value. It leaves flags of the binding to chance, and where these make libmariadb skip the
  // column at first, that length is a number's size in the protocol: 1795736963 would be read as
  // 17957369.
  apr_status_t got = apr_dbd_datum_get(connection->driver, row, column, APR_DBD_TYPE_BLOB, brigade);
  if (got == APR_SUCCESS) {
    apr_brigade_cleanup(brigade);
    got = apr_dbd_datum_get(connection->driver, row, column, APR_DBD_TYPE_BLOB, brigade);
  }
  if (got == APR_ENOENT) return std::optional<std::string>();
  if (got != APR_SUCCESS) return FromDbdError(connection, got, query);
  std::string value;
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);
       bucket = APR_BUCKET_NEXT(bucket)) {
    const char* data = nullptr;
    apr_size_t size = 0;
    const apr_status_t read = apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ);
    if (read != APR_SUCCESS) return FromDbdError(connection, read, query);
    if (size > 0) value.append(data, size);
  }
  apr_brigade_cleanup(brigade);
  return std::optional(std::move(value));
}

Result<DbRow> ReadRow(ap_dbd_t* connection, apr_dbd_row_t* row, int columns,
                      const DbdQuery& query) {
  DbRow values;
  for (int column = 0; column < columns; ++column) {
    Result<std::optional<std::string>> value = ReadColumn(connection, row, column, query);
    if (!value.ok()) return value.status();
    values.push_back(std::move(value).value());
  }
  return values;
}

// APR's driver for PostgreSQL knows the columns only of a result that is there as a whole, and in
// any other waits a tenth of a second to find it empty.
int AsWhole(const ap_dbd_t* connection) {
  return std::string_view(apr_dbd_name(connection->driver)) == "pgsql" ? 1 : 0;
}

Result<Rows> Change(ap_dbd_t* connection, apr_dbd_prepared_t* prepared, const DbdQuery& query) {
  int changed = 0;
  const int error = apr_dbd_pbquery(connection->driver, query.pool, connection->handle, &changed,
                                    prepared, query.asked.values.data());
  if (error != 0) return FromDbdError(connection, error, query);
  *query.asked.changed = static_cast<uint64_t>(changed > 0 ? changed : 0);
  return Rows();
}

Result<Rows> Run(ap_dbd_t* connection, apr_dbd_prepared_t* prepared, const DbdQuery& query) {
  if (query.asked.changed != nullptr) return Change(connection, prepared, query);
  apr_dbd_results_t* results = nullptr;
  const int selected =
      apr_dbd_pbselect(connection->driver, query.pool, connection->handle, &results, prepared,
                       AsWhole(connection), query.asked.values.data());
  if (selected != 0) return FromDbdError(connection, selected, query);

  const int columns = apr_dbd_num_cols(connection->driver, results);
  Rows rows;
  Status status;
  apr_dbd_row_t* row = nullptr;
  // To the end, whatever is wanted: the connection is not free for the next query before.
  while (apr_dbd_get_row(connection->driver, query.pool, results, &row, -1) == 0) {
    if (!status.ok() || rows.size() >= query.asked.max_rows) continue;
    Result<DbRow> read = ReadRow(connection, row, columns, query);
    status = read.status();
    if (read.ok()) rows.push_back(std::move(read).value());
  }
  if (!status.ok()) return status;
  return rows;
}

}  // namespace

Result<Rows> RunPrepared(ap_dbd_t* connection, const DbdQuery& query) {
  auto* prepared = static_cast<apr_dbd_prepared_t*>(apr_hash_get(
      connection->prepared, query.asked.statement.label().c_str(), APR_HASH_KEY_STRING));
  if (prepared == nullptr) {
    return Status(Code::kIo, "the statement was not prepared on this connection");
  }
  return Run(connection, prepared, query);
}

Result<Rows> PrepareAndRun(ap_dbd_t* connection, const DbdQuery& query) {
  // A child of the connection's pool, so that the statement is closed before its connection.
  apr_pool_t* pool = nullptr;
  apr_pool_create(&pool, connection->pool);
  apr_dbd_prepared_t* prepared = nullptr;
  const int error = apr_dbd_prepare(connection->driver, pool, connection->handle,
                                    query.asked.statement.text().c_str(),
                                    query.asked.statement.label().c_str(), &prepared);
  Result<Rows> rows = error == 0 ? Run(connection, prepared, query)
                                 : Result<Rows>(FromDbdError(connection, error, query));
  if (rows.ok()) {
    apr_hash_set(connection->prepared, query.asked.statement.label().c_str(), APR_HASH_KEY_STRING,
                 prepared);
  } else {
    apr_pool_destroy(pool);
  }
  return rows;
}

}  // namespace audiodl
