// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Entity tags that clients name in their conditions (RFC 9110 section 8.8.3). Pure; any thread.

#ifndef AUDIODL_COMMON_HTTP_ENTITY_TAG_MATCH_H_
#define AUDIODL_COMMON_HTTP_ENTITY_TAG_MATCH_H_

#include <string_view>

namespace audiodl {

enum class TagComparison : unsigned char {
  kStrong,  // a weak tag equals none
  kWeak,    // W/ makes no difference
};

// Whether one of a list of entity tags, as in If-Match and If-None-Match, is `etag`, which is
// strong and has its quotes. An empty `etag` equals none. "*" is the caller's to see. What is no
// entity tag in the list (one without quotes, say) is passed over.
bool ListsTag(std::string_view list, std::string_view etag, TagComparison comparison);

// As in If-Range: `field` must be one entity tag, strong, and the same.
bool IsSameStrongTag(std::string_view field, std::string_view etag);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_ENTITY_TAG_MATCH_H_
