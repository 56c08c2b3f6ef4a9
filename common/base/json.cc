// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/json.h"

#include <algorithm>
#include <charconv>

#include "common/base/json_reader.h"

namespace audiodl {
namespace {

template <typename Number>
std::optional<Number> Convert(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace

Result<Json> Json::Parse(std::string_view text, size_t max_values) {
  return JsonReader(text, max_values).Read();
}

std::optional<bool> Json::AsBool() const {
  if (type_ != Type::kBool) return std::nullopt;
  return bool_;
}

std::optional<std::string> Json::AsString() const {
  if (type_ != Type::kString) return std::nullopt;
  return text_;
}

std::optional<uint64_t> Json::AsUint() const {
  if (type_ != Type::kNumber) return std::nullopt;
  return Convert<uint64_t>(text_);
}

std::optional<int64_t> Json::AsInt() const {
  if (type_ != Type::kNumber) return std::nullopt;
  return Convert<int64_t>(text_);
}

std::optional<double> Json::AsDouble() const {
  if (type_ != Type::kNumber) return std::nullopt;
  return Convert<double>(text_);
}

const Json* Json::Find(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  return at == names_.end() ? nullptr : &items_[static_cast<size_t>(at - names_.begin())];
}

std::optional<std::string> Json::StringAt(std::string_view name) const {
  const Json* const member = Find(name);
  return member == nullptr ? std::nullopt : member->AsString();
}

}  // namespace audiodl
