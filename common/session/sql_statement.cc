// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/sql_statement.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/digest.h"

namespace audiodl {

void BoundValues::AddText(std::string value) {
  pointers_.push_back(texts_.emplace_back(std::move(value)).c_str());
}

void BoundValues::AddNumber(int64_t value) { pointers_.push_back(&numbers_.emplace_back(value)); }

void BoundValues::AddNull() { pointers_.push_back(nullptr); }

bool BoundValues::AppearIn(std::string_view text) const {
  const auto appears = [text](std::string_view value) {
    return !value.empty() && text.find(value) != std::string_view::npos;
  };
  return std::any_of(texts_.begin(), texts_.end(), appears) ||
         std::any_of(numbers_.begin(), numbers_.end(),
                     [&](int64_t number) { return appears(std::to_string(number)); });
}

SqlStatement::SqlStatement(SqlTemplate sql) : template_(std::move(sql)) {
  const Sha256Bytes digest = Sha256Of(text());
  label_ = "audiodl_" + HexEncode(std::span(digest).first(8));

  // apr_dbd's own placeholders tell the types: %s is text and %lld a number.
  auto name = template_.names().begin();
  const std::string& apr_text = text();
  for (size_t at = apr_text.find('%'); at != std::string::npos; at = apr_text.find('%', at + 2)) {
    if (apr_text.compare(at, 2, "%%") == 0) continue;
    parameters_.push_back({*name++, apr_text.compare(at, 4, "%lld") == 0});
  }
}

BoundValues SqlStatement::Bind(const std::vector<SqlValue>& values) const {
  BoundValues bound;
  for (const Parameter& parameter : parameters_) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const SqlValue& value) {
      return value.name == parameter.name;
    });
    if (found == values.end()) {
      bound.AddNull();
    } else if (!parameter.is_number) {
      bound.AddText(found->value);
    } else {
      int64_t number = 0;
      const char* end = found->value.data() + found->value.size();
      const auto [parsed_to, error] = std::from_chars(found->value.data(), end, number);
      if (error == std::errc() && parsed_to == end) {
        bound.AddNumber(number);
      } else {
        bound.AddNull();
      }
    }
  }
  return bound;
}

}  // namespace audiodl
