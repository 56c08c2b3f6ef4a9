// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The parser of SQL templates on any text. One thread at a time.

#ifndef AUDIODL_TESTS_FUZZ_SQL_TEMPLATE_TARGET_H_
#define AUDIODL_TESTS_FUZZ_SQL_TEMPLATE_TARGET_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "common/session/sql_template.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

// As apr_dbd_prepare() counts them.
inline size_t CountPlaceholders(std::string_view apr_text) {
  size_t count = 0;
  for (size_t i = 0; i + 1 < apr_text.size(); ++i) {
    if (apr_text[i] != '%') continue;
    Promise(apr_text[i + 1] == 's' || apr_text[i + 1] == '%' || apr_text.substr(i + 1, 3) == "lld",
            "every '%' is %s, %lld or %%");
    if (apr_text[++i] != '%') ++count;
  }
  return count;
}

inline void FuzzSqlTemplate(std::string_view text) {
  constexpr std::string_view kAllowed[] = {"session", "now"};
  const Result<SqlTemplate> sql = SqlTemplate::Parse(text, kAllowed);
  if (!sql.ok()) {
    Promise(sql.status().code() == Code::kInvalid, "a refusal is kInvalid");
    return;
  }
  const std::string& apr_text = sql->apr_text();
  Promise(CountPlaceholders(apr_text) == sql->names().size(), "one name for each placeholder");
  Promise(apr_text.find(';') == std::string::npos, "one statement");
  Promise(apr_text.find('\0') == std::string::npos, "no NUL");
  for (const std::string& name : sql->names()) {
    Promise(name == kAllowed[0] || name == kAllowed[1], "only allowed names");
    Promise(sql->Uses(name), "a name in the list is used");
  }
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_SQL_TEMPLATE_TARGET_H_
