// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An SqlTemplate made ready for a prepared statement: a label that is the same wherever the text is
// the same, and the values of one execution in the form apr_dbd_pbselect() takes. Immutable; any
// thread.
//
//   const BoundValues bound = statement.Bind({{"customer", "42"}, {"book", "dune"}});
//   apr_dbd_pbselect(..., bound.data());

#ifndef AUDIODL_COMMON_SESSION_SQL_STATEMENT_H_
#define AUDIODL_COMMON_SESSION_SQL_STATEMENT_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/session/sql_template.h"

namespace audiodl {

struct SqlValue {
  std::string_view name;
  std::string value;
};

// Owns one execution's values. One thread at a time.
class BoundValues {
 public:
  BoundValues() = default;
  // The pointers point into the object itself.
  BoundValues(const BoundValues&) = delete;
  BoundValues& operator=(const BoundValues&) = delete;
  BoundValues(BoundValues&&) = default;

  void AddText(std::string value);
  void AddNumber(int64_t value);
  void AddNull();

  // One pointer per placeholder: to a C string, to an int64_t, or null for SQL's NULL.
  const void** data() { return pointers_.data(); }
  // Whether `text` repeats one of the values: such a text must not be logged.
  bool AppearIn(std::string_view text) const;

 private:
  std::deque<std::string> texts_;  // a deque never moves its elements
  std::deque<int64_t> numbers_;
  std::vector<const void*> pointers_;
};

class SqlStatement {
 public:
  explicit SqlStatement(SqlTemplate sql);

  const std::string& text() const { return template_.apr_text(); }
  // "audiodl_" and 16 hex digits of the text's SHA-256: also a legal identifier where a database
  // wants one.
  const std::string& label() const { return label_; }

  bool Uses(std::string_view name) const { return template_.Uses(name); }

  // A parameter that is not among `values`, or that is bound as a number and is none, becomes NULL,
  // which equals nothing in SQL: the query finds no row.
  BoundValues Bind(const std::vector<SqlValue>& values) const;

 private:
  struct Parameter {
    std::string name;
    bool is_number;
  };

  SqlTemplate template_;
  std::string label_;
  std::vector<Parameter> parameters_;  // one per placeholder, in order
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SQL_STATEMENT_H_
