// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where the shop's database is, for commands that write to it: a small file with the two words that
// httpd's configuration has too, and that nobody else may read:
//
//   DBDriver  mysql
//   DBDParams "host=dbserver,dbname=shop,user=audiodl,pass=SECRET"
//
// A value; one thread.

#ifndef AUDIODL_AUDIODL_DATABASE_SETTINGS_H_
#define AUDIODL_AUDIODL_DATABASE_SETTINGS_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct DatabaseSettings {
  std::string driver;
  std::string params;  // holds the password

  static constexpr char kDefaultPath[] = "/etc/audiodl/database";

  // kInvalid names the file, the line and what is wrong, never the value.
  static Result<DatabaseSettings> Read(const std::string& path);
  static Result<DatabaseSettings> Parse(std::string_view text);
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_DATABASE_SETTINGS_H_
