// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The parser of SQL templates on any text, with the parameters of AudioSessionQuery and those of
// AudioEntitlementQuery; and what it makes of them, bound. One thread at a time.

#ifndef AUDIODL_TESTS_FUZZ_SQL_TEMPLATE_TARGET_H_
#define AUDIODL_TESTS_FUZZ_SQL_TEMPLATE_TARGET_H_

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/session/sql_statement.h"
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

// apr_dbd_pbselect() reads one pointer for each placeholder, whatever is behind them.
inline void FuzzBinding(const SqlTemplate& sql, std::span<const std::string_view> allowed) {
  std::vector<SqlValue> values;
  for (const std::string_view name : allowed) values.push_back({name, "7"});
  const SqlStatement statement{sql};
  BoundValues bound = statement.Bind(values);
  for (size_t i = 0; i < sql.names().size(); ++i) {
    Promise(bound.data()[i] != nullptr, "every placeholder is bound");
  }
  Promise(statement.label().size() == std::string_view("audiodl_0123456789abcdef").size(),
          "a label has one length");
}

inline void FuzzSqlTemplate(std::string_view text) {
  constexpr std::string_view kAllowed[] = {"session", "customer", "book", "chunk", "now"};
  const std::span<const std::string_view> allowed = kAllowed;
  const Result<SqlTemplate> sql = SqlTemplate::Parse(text, allowed);
  if (!sql.ok()) {
    Promise(sql.status().code() == Code::kInvalid, "a refusal is kInvalid");
    return;
  }
  const std::string& apr_text = sql->apr_text();
  Promise(CountPlaceholders(apr_text) == sql->names().size(), "one name for each placeholder");
  Promise(apr_text.find(';') == std::string::npos, "one statement");
  Promise(apr_text.find('\0') == std::string::npos, "no NUL");
  for (const std::string& name : sql->names()) {
    Promise(std::find(allowed.begin(), allowed.end(), name) != allowed.end(), "only allowed names");
    Promise(sql->Uses(name), "a name in the list is used");
  }
  FuzzBinding(*sql, allowed);
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_SQL_TEMPLATE_TARGET_H_
