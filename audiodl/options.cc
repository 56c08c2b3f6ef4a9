// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/options.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace audiodl {
namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Status Options::Take(const std::vector<std::string>& arguments, const Names& names, size_t& i) {
  const std::string& argument = arguments[i];
  const size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals);
  const bool is_list = Contains(names.lists, name);
  const bool has_value = is_list || Contains(names.values, name);
  if (!has_value && !Contains(names.flags, name)) return Status::Invalid("no option " + name);
  if (!has_value && equals != std::string::npos) return Status::Invalid(name + " takes no value");
  std::string value;
  if (equals != std::string::npos) value = argument.substr(equals + 1);
  if (has_value && equals == std::string::npos) {
    if (++i == arguments.size()) return Status::Invalid(name + " lacks its value");
    value = arguments[i];
  }
  if (is_list) {
    lists_.emplace(name, value);
  } else if (!given_.emplace(name, value).second) {
    return Status::Invalid(name + " is given twice");
  }
  return Status::Ok();
}

Result<Options> Options::Parse(const std::vector<std::string>& arguments, const Names& names) {
  Options parsed;
  Status wrong;
  bool options_over = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (options_over || argument == "-" || !argument.starts_with('-')) {
      parsed.operands_.push_back(argument);
    } else if (argument == "--") {
      options_over = true;
    } else if (argument == "--help") {
      return Status(kHelpAsked, "--help");
    } else if (Status status = parsed.Take(arguments, names, i); !status.ok() && wrong.ok()) {
      wrong = std::move(status);
    }
  }
  if (!wrong.ok()) return wrong;
  return parsed;
}

std::optional<std::string> Options::Value(const std::string& name) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Options::List(const std::string& name) const {
  std::vector<std::string> values;
  const auto [begin, end] = lists_.equal_range(name);
  for (auto at = begin; at != end; ++at) values.push_back(at->second);
  return values;
}

}  // namespace audiodl
