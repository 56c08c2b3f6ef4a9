// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/sql_database.h"

#include <apr_dbd.h>
#include <apr_general.h>
#include <apr_pools.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "common/base/text.h"

namespace audiodl {

// APR's own: a pool in which everything lies, and the connection.
struct SqlDatabase::Apr {
  Apr() {
    apr_initialize();
    apr_pool_create(&pool, nullptr);
    apr_dbd_init(pool);
  }
  ~Apr() {
    if (handle != nullptr) apr_dbd_close(driver, handle);
    apr_pool_destroy(pool);
    apr_terminate();
  }
  Apr(const Apr&) = delete;
  Apr& operator=(const Apr&) = delete;

  Status Error(int error) const {
    const char* words = apr_dbd_error(driver, handle, error);
    return Status(Code::kIo,
                  "the database refuses: " + Printable(words != nullptr ? words : "", 300));
  }

  Result<apr_dbd_prepared_t*> Prepare(const std::string& statement) const {
    apr_dbd_prepared_t* prepared = nullptr;
    const int error = apr_dbd_prepare(driver, pool, handle, statement.c_str(), nullptr, &prepared);
    if (error != 0) return Error(error);
    return prepared;
  }

  // 1 or 0. APR's driver for PostgreSQL knows the columns only of a result that is there as a
  // whole, and tells NULL from an empty text only when it is asked for a datum.
  int IsPostgres() const { return std::string_view(apr_dbd_name(driver)) == "pgsql" ? 1 : 0; }

  // Null for NULL.
  const char* Entry(apr_dbd_row_t* row, int column) const {
    if (IsPostgres() == 0) return apr_dbd_get_entry(driver, row, column);
    const char* text = nullptr;
    const apr_status_t got = apr_dbd_datum_get(driver, row, column, APR_DBD_TYPE_STRING, &text);
    return got == APR_SUCCESS ? text : nullptr;
  }

  apr_pool_t* pool = nullptr;
  const apr_dbd_driver_t* driver = nullptr;
  apr_dbd_t* handle = nullptr;
};

namespace {

// Borrows.
std::vector<const char*> Pointers(const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  return pointers;
}

// SQLite would make an empty file of a name that is misspelt.
Status CheckFile(const DatabaseSettings& settings) {
  struct stat info;
  if (settings.driver != "sqlite3" || stat(settings.params.c_str(), &info) == 0) {
    return Status::Ok();
  }
  return Status::FromErrno(errno, "DBDParams: " + Printable(settings.params));
}

}  // namespace

SqlDatabase::SqlDatabase(std::unique_ptr<Apr> apr) : apr_(std::move(apr)) {}
SqlDatabase::~SqlDatabase() = default;
SqlDatabase::SqlDatabase(SqlDatabase&&) noexcept = default;
SqlDatabase& SqlDatabase::operator=(SqlDatabase&&) noexcept = default;

Result<SqlDatabase> SqlDatabase::Open(const DatabaseSettings& settings) {
  if (Status status = CheckFile(settings); !status.ok()) return status;
  auto apr = std::make_unique<Apr>();
  if (apr_dbd_get_driver(apr->pool, settings.driver.c_str(), &apr->driver) != APR_SUCCESS) {
    return Status::Invalid("DBDriver " + Printable(settings.driver) +
                           " is not installed: apt install libaprutil1-dbd-mysql, "
                           "libaprutil1-dbd-pgsql or libaprutil1-dbd-sqlite3");
  }
  const char* why = nullptr;
  const apr_status_t opened =
      apr_dbd_open_ex(apr->driver, apr->pool, settings.params.c_str(), &apr->handle, &why);
  if (opened == APR_SUCCESS) return SqlDatabase(std::move(apr));
  apr->handle = nullptr;
  return Status(Code::kUnreachable, "cannot connect to the database: " +
                                        Printable(why != nullptr ? why : "no reason given", 300));
}

Result<std::vector<SqlDatabase::Row>> SqlDatabase::Select(const std::string& statement,
                                                          const std::vector<std::string>& values) {
  const Result<apr_dbd_prepared_t*> prepared = apr_->Prepare(statement);
  if (!prepared.ok()) return prepared.status();
  apr_dbd_results_t* results = nullptr;
  std::vector<const char*> pointers = Pointers(values);
  const int error =
      apr_dbd_pselect(apr_->driver, apr_->pool, apr_->handle, &results, *prepared,
                      apr_->IsPostgres(), static_cast<int>(pointers.size()), pointers.data());
  if (error != 0) return apr_->Error(error);
  const int columns = apr_dbd_num_cols(apr_->driver, results);
  std::vector<Row> rows;
  apr_dbd_row_t* row = nullptr;
  while (apr_dbd_get_row(apr_->driver, apr_->pool, results, &row, -1) == 0) {
    Row& read = rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      const char* value = apr_->Entry(row, column);
      read.push_back(value != nullptr ? std::optional<std::string>(value) : std::nullopt);
    }
  }
  return rows;
}

Result<uint64_t> SqlDatabase::Execute(const std::string& statement,
                                      const std::vector<std::string>& values) {
  const Result<apr_dbd_prepared_t*> prepared = apr_->Prepare(statement);
  if (!prepared.ok()) return prepared.status();
  int changed = 0;
  std::vector<const char*> pointers = Pointers(values);
  const int error = apr_dbd_pquery(apr_->driver, apr_->pool, apr_->handle, &changed, *prepared,
                                   static_cast<int>(pointers.size()), pointers.data());
  if (error != 0) return apr_->Error(error);
  return static_cast<uint64_t>(changed > 0 ? changed : 0);
}

}  // namespace audiodl
