// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/entity_tag.h"

#include <algorithm>

#include "common/base/text.h"

namespace audiodl {

Status CheckEntityTag(std::string_view tag) {
  if (tag.starts_with("W/")) {
    return Status::Invalid("the entity tag " + Printable(tag) +
                           " is weak: it does not promise the same bytes");
  }
  const auto allowed = [](char c) { return c != '"' && c != ' ' && !IsControl(c); };
  const bool quoted =
      tag.size() > 2 && tag.size() <= 1024 && tag.front() == '"' && tag.back() == '"';
  if (!quoted || !std::all_of(tag.begin() + 1, tag.end() - 1, allowed)) {
    return Status::Invalid("the entity tag '" + Printable(tag) + "' is malformed");
  }
  return Status::Ok();
}

}  // namespace audiodl
