// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/entity_tag_match.h"

#include <algorithm>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kWeakPrefix = "W/";

// Bytes of the entity tag that `text` begins with, W/ included; 0: of none. A comma may stand in
// one.
size_t TagLength(std::string_view text) {
  const size_t quote = text.starts_with(kWeakPrefix) ? kWeakPrefix.size() : 0;
  if (quote >= text.size() || text[quote] != '"') return 0;
  const size_t end = text.find('"', quote + 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

// The first element of the list, which may be malformed; leaves what is behind its comma.
std::string_view TakeElement(std::string_view& list) {
  list = list.substr(std::min(list.find_first_not_of(" \t,"), list.size()));
  const size_t comma = std::min(list.find(',', TagLength(list)), list.size());
  const std::string_view element = Trim(list.substr(0, comma));
  list.remove_prefix(comma);
  return element;
}

}  // namespace

bool ListsTag(std::string_view list, std::string_view etag, TagComparison comparison) {
  if (etag.empty()) return false;
  for (;;) {
    std::string_view element = TakeElement(list);
    if (element.empty()) return false;
    if (comparison == TagComparison::kWeak && element.starts_with(kWeakPrefix)) {
      element.remove_prefix(kWeakPrefix.size());
    }
    if (element == etag) return true;
  }
}

bool IsSameStrongTag(std::string_view field, std::string_view etag) {
  return !etag.empty() && Trim(field) == etag;
}

}  // namespace audiodl
