// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/php_value_table.h"

#include <algorithm>
#include <tuple>

namespace audiodl {

PhpRow PhpValueTable::Add(const PhpValue& value) {
  const PhpRow row = AddUnnumbered(value);
  numbered_.push_back(row);
  return row;
}

PhpRow PhpValueTable::AddUnnumbered(const PhpValue& value) {
  rows_.push_back(value);
  return static_cast<PhpRow>(rows_.size() - 1);
}

std::optional<PhpRow> PhpValueTable::Resolve(uint32_t number) {
  has_references_ = true;
  if (number < 1 || number > numbered_.size()) return std::nullopt;
  const PhpRow row = numbered_[number - 1];
  // PHP never writes a reference to the whole session, and reading one back confuses PHP itself:
  // gettype($_SESSION) is then "unknown type".
  if (row == kSession) return std::nullopt;
  return row;
}

void PhpValueTable::DoubtNumbers() {
  first_doubtful_ = std::min(first_doubtful_, static_cast<PhpRow>(rows_.size()));
}

void PhpValueTable::ShrinkTo(size_t size) {
  rows_.resize(size);
  while (!numbered_.empty() && numbered_.back() >= size) numbered_.pop_back();
}

std::optional<PhpRow> PhpValueTable::Find(PhpRow parent, std::string_view key) const {
  // A parent stands before its elements, so nothing up to it can be one.
  for (size_t i = rows_.size() - 1; i > parent; --i) {
    const PhpValue& value = rows_[i];
    if (value.parent != parent || value.key != key) continue;
    return value.type == PhpType::kReference ? value.target : static_cast<PhpRow>(i);
  }
  return std::nullopt;
}

bool PhpValueTable::IsAmbiguous() const { return has_references_ && HasDuplicateKey(); }

bool PhpValueTable::HasDuplicateKey() const {
  using Name = std::tuple<PhpRow, std::string_view>;
  std::vector<Name> names;
  names.reserve(rows_.size());
  for (size_t i = 1; i < rows_.size(); ++i) names.emplace_back(rows_[i].parent, rows_[i].key);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace audiodl
