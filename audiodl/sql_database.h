// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A connection to the shop's database through the drivers that httpd's mod_dbd uses (apr_dbd), so
// that whatever httpd reads the command can write. Values are bound, never pasted. One thread.
//
//   Result<SqlDatabase> database = SqlDatabase::Open(settings);
//   database->Execute("DELETE FROM t WHERE a = %s", {"x"})

#ifndef AUDIODL_AUDIODL_SQL_DATABASE_H_
#define AUDIODL_AUDIODL_SQL_DATABASE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audiodl/database_settings.h"
#include "common/base/status.h"

namespace audiodl {

class SqlDatabase {
 public:
  using Row = std::vector<std::optional<std::string>>;

  // kUnreachable: the database's own words why not. kInvalid: there is no such driver.
  static Result<SqlDatabase> Open(const DatabaseSettings& settings);

  ~SqlDatabase();
  SqlDatabase(SqlDatabase&& other) noexcept;
  SqlDatabase& operator=(SqlDatabase&& other) noexcept;

  // Each %s in the statement is one of the values. kIo: the database's own words.
  Result<std::vector<Row>> Select(const std::string& statement,
                                  const std::vector<std::string>& values);
  // The number of rows that were changed.
  Result<uint64_t> Execute(const std::string& statement, const std::vector<std::string>& values);

 private:
  struct Apr;

  explicit SqlDatabase(std::unique_ptr<Apr> apr);

  std::unique_ptr<Apr> apr_;
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_SQL_DATABASE_H_
