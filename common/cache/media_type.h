// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The media type of a chunk. Pure; any thread.

#ifndef AUDIODL_COMMON_CACHE_MEDIA_TYPE_H_
#define AUDIODL_COMMON_CACHE_MEDIA_TYPE_H_

#include <string_view>

namespace audiodl {

// By the name's ending, because uploads often leave "binary/octet-stream" in S3; what the origin
// says where the ending is not one of an audio, archive or playlist type known here;
// application/octet-stream else.
std::string_view MediaTypeOf(std::string_view file_name, std::string_view origins_type);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_MEDIA_TYPE_H_
