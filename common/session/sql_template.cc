// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/sql_template.h"

#include <algorithm>
#include <cstddef>

#include "common/base/text.h"

namespace audiodl {
namespace {

bool BeginsWithWord(std::string_view text, std::string_view word) {
  if (!EqualsIgnoreCase(text.substr(0, word.size()), word)) return false;
  const std::string_view rest = text.substr(word.size());
  return rest.empty() || !(IsAlnum(rest.front()) || rest.front() == '_');
}

// An operator may have pasted an UPDATE, or a second statement after the first: a query that
// decides about rights must not change anything.
Status CheckStatement(std::string_view text) {
  text = Trim(text);
  if (text.empty()) return Status::Invalid("the SQL statement is empty");
  if (!BeginsWithWord(text, "SELECT") && !BeginsWithWord(text, "WITH")) {
    return Status::Invalid("the SQL statement must begin with SELECT or WITH");
  }
  if (text.find(';') != std::string_view::npos) {
    return Status::Invalid("the SQL statement must be one statement without ';'");
  }
  if (text.find('\0') != std::string_view::npos) {
    return Status::Invalid("the SQL statement must not hold a NUL byte");
  }
  return Status::Ok();
}

std::string Listed(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += "%{" + std::string(name) + "}s";
  }
  return list;
}

// Follows the quotes of a statement. A doubled quote ('it''s') closes and opens: no need to know
// it.
class Quotes {
 public:
  void Pass(char c) {
    if (open_ == '\0' && (c == '\'' || c == '"' || c == '`')) {
      open_ = c;
    } else if (c == open_) {
      open_ = '\0';
    }
  }
  bool open() const { return open_ != '\0'; }

 private:
  char open_ = '\0';
};

// One "%{name}s", with the length it has in the template.
struct Placeholder {
  std::string name;
  std::string apr_text;
  size_t length = 0;
};

// REQUIRES: `text` begins with '%'.
Result<Placeholder> ParsePlaceholder(std::string_view text,
                                     std::span<const std::string_view> allowed) {
  const size_t close = text.find('}');
  if (!text.starts_with("%{") || close == std::string_view::npos || close + 1 == text.size()) {
    return Status::Invalid("a '%' must begin a parameter, as " + Listed(allowed) +
                           ", or be doubled: '%%'");
  }
  Placeholder found{std::string(text.substr(2, close - 2)), "", close + 2};
  if (std::find(allowed.begin(), allowed.end(), found.name) == allowed.end()) {
    return Status::Invalid("parameter \"" + found.name + "\" is none of " + Listed(allowed));
  }
  switch (text[close + 1]) {
    case 's':
      found.apr_text = "%s";
      break;
    case 'd':
      found.apr_text = "%lld";
      break;
    default:
      return Status::Invalid("parameter %{" + found.name +
                             "} must be followed by s (text) or d (integer)");
  }
  return found;
}

Status CheckCharacter(char c, const Quotes& quotes) {
  if (c == '?' && !quotes.open()) {
    return Status::Invalid("the SQL statement has a '?' that nobody binds: write %{name}s");
  }
  // To MySQL \' does not end the text, to SQLite and standard SQL it does.
  if (c == '\\' && quotes.open()) {
    return Status::Invalid(
        "the SQL statement has a backslash between quotes, which databases read "
        "differently: double a quote ('') to write it");
  }
  return Status::Ok();
}

}  // namespace

Result<SqlTemplate> SqlTemplate::Parse(std::string_view text,
                                       std::span<const std::string_view> allowed) {
  if (Status status = CheckStatement(text); !status.ok()) return status;
  return ParseOwn(text, allowed);
}

Result<SqlTemplate> SqlTemplate::ParseOwn(std::string_view text,
                                          std::span<const std::string_view> allowed) {
  SqlTemplate parsed;
  Quotes quotes;
  while (!text.empty()) {
    if (text.starts_with('%') && !text.starts_with("%%")) {
      const Result<Placeholder> found = ParsePlaceholder(text, allowed);
      if (!found.ok()) return found.status();
      if (quotes.open()) {
        return Status::Invalid("parameter %{" + found->name +
                               "} stands between quotes: leave the quotes out, it is bound");
      }
      parsed.apr_text_ += found->apr_text;
      parsed.names_.push_back(found->name);
      text.remove_prefix(found->length);
      continue;
    }
    if (Status status = CheckCharacter(text.front(), quotes); !status.ok()) return status;
    quotes.Pass(text.front());
    const size_t length = text.starts_with("%%") ? 2 : 1;
    parsed.apr_text_ += text.substr(0, length);
    text.remove_prefix(length);
  }
  if (quotes.open()) return Status::Invalid("the SQL statement has a quote that is never closed");
  return parsed;
}

bool SqlTemplate::Uses(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

}  // namespace audiodl
