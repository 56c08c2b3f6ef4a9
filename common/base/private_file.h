// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads a file that holds a secret, and refuses one that is open to everybody. Any thread.

#ifndef AUDIODL_COMMON_BASE_PRIVATE_FILE_H_
#define AUDIODL_COMMON_BASE_PRIVATE_FILE_H_

#include <cstddef>
#include <string>

#include "common/base/status.h"

namespace audiodl {

// Sets `text`, which the caller wipes. kInvalid: no regular file, longer than `limit` bytes, or
// others than its owner and group may read or write it (the text says which chmod helps). The mode
// is asked of the opened file, so that nobody can put another one there in between.
Status ReadPrivateFile(const std::string& path, size_t limit, std::string& text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_PRIVATE_FILE_H_
