// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a file in a cache directory is, for those who keep the directory in order: they must know of
// any file whether it is ours to remove. Any thread.

#ifndef AUDIODL_COMMON_CACHE_FILE_FACTS_H_
#define AUDIODL_COMMON_CACHE_FILE_FACTS_H_

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/cache/cache_format.h"
#include "common/cache/cache_index.h"

namespace audiodl {

struct FileFacts {
  enum class Kind : unsigned char {
    kGood,         // may be believed, partial or complete
    kStale,        // ours, but abandoned, or not durable before a restart of the machine
    kDamaged,      // ours, but its header does not agree with itself or with the file's length
    kOtherFormat,  // ours, of another format version
    kForeign,      // none of ours
  };
  Kind kind = Kind::kForeign;
  // Of kGood and kStale: all; of the others only bytes. The id is that of origin and key.
  CachedObject object;
  uint64_t size = 0;  // the object's
  FileState state = FileState::kPartial;
  uint64_t allocated =
      0;  // bytes of disk that the file has; with all its room reserved >= its length

  bool complete() const { return state == FileState::kComplete || state == FileState::kDurable; }
  // Whether a request could not be served from it, now or later.
  bool useless() const { return kind != Kind::kGood && kind != Kind::kForeign; }
};

// For messages: "abandoned, or from before a restart of the machine".
const char* Describe(FileFacts::Kind kind);

// kNotFound: there is no such file. A link, folder, or other thing is kForeign.
Result<FileFacts> FindFacts(const std::string& path);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_FILE_FACTS_H_
