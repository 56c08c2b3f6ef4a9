// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A statement with named parameters, as the operator writes it, turned into what apr_dbd_prepare()
// takes and the order in which values must be bound. Values are bound, never pasted.
//
//   constexpr std::string_view kNames[] = {"session", "now"};
//   SqlTemplate::Parse("SELECT data FROM sessions WHERE id = %{session}s AND expires > %{now}d",
//   kNames)
//     -> apr_text "SELECT data FROM sessions WHERE id = %s AND expires > %lld", names
//     {"session","now"}
//
// Immutable; any thread.

#ifndef AUDIODL_COMMON_SESSION_SQL_TEMPLATE_H_
#define AUDIODL_COMMON_SESSION_SQL_TEMPLATE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

class SqlTemplate {
 public:
  // %{name}s binds text, %{name}d a 64-bit integer (apr_dbd's %lld); "%%" is a percent sign. Any
  // other
  // '%' is kInvalid, as is a name that is not in `allowed` (the text lists those that are), a
  // template that is empty, does not begin with SELECT (or WITH) in any case, or holds a ';' or a
  // NUL. A parameter between quotes ('%{session}s') is kInvalid too: the quotes would make it text;
  // the message says to leave them out. So are a quote that is never closed, a backslash between
  // quotes, which databases read differently, and a '?' outside of quotes: the database would take
  // it for a parameter that nobody binds (apr_dbd's MySQL driver then reads past its array).
  static Result<SqlTemplate> Parse(std::string_view text,
                                   std::span<const std::string_view> allowed);

  // The same for a statement of our own, which may also change something.
  static Result<SqlTemplate> ParseOwn(std::string_view text,
                                      std::span<const std::string_view> allowed);

  const std::string& apr_text() const { return apr_text_; }
  const std::vector<std::string>& names() const { return names_; }
  // Whether the statement uses that parameter at all.
  bool Uses(std::string_view name) const;

 private:
  SqlTemplate() = default;

  std::string apr_text_;
  std::vector<std::string> names_;  // one per placeholder, in order; a name may repeat
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SQL_TEMPLATE_H_
