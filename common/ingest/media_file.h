// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A file for the tree that web servers show to everybody: which kinds may be there, and whether one
// is whole. What a browser or httpd would run is never among them. Any thread.

#ifndef AUDIODL_COMMON_INGEST_MEDIA_FILE_H_
#define AUDIODL_COMMON_INGEST_MEDIA_FILE_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

enum class MediaKind : unsigned char { kSamples, kPodcasts, kImages };

// kInvalid, with what would be right: a name whose ending the kind does not have, or one that httpd
// might take for a script ("x.php.jpg"), or that a URL could not have. `path` is below the kind's
// folder.
Status CheckMediaName(MediaKind kind, std::string_view path);

// Reads it from end to end where it is audio; of an image its beginning and its end. kCorrupt: cut,
// damaged, empty, or no such thing; the text begins with no path.
Status CheckMediaContent(const std::string& path);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_MEDIA_FILE_H_
