// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/customer_key.h"

#include <cstddef>

namespace audiodl {

Status CheckCustomerKey(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.back() == '/' ||
      path.find("//") != std::string_view::npos) {
    return Status::Invalid("has an empty name in it: names are separated by single slashes");
  }
  return Status::Ok();
}

std::vector<std::string> SplitCustomerKey(std::string_view path) {
  std::vector<std::string> names;
  for (size_t end; (end = path.find('/')) != std::string_view::npos;) {
    names.emplace_back(path.substr(0, end));
    path.remove_prefix(end + 1);
  }
  names.emplace_back(path);
  return names;
}

Status NotLoggedIn() {
  return Status(Code::kNotFound, "the session is well-formed but names no customer");
}

}  // namespace audiodl
