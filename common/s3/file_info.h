// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A file of a file:// origin as an object: the fetcher that reads it and the command that wrote it
// must agree on its generation. Pure; any thread.

#ifndef AUDIODL_COMMON_S3_FILE_INFO_H_
#define AUDIODL_COMMON_S3_FILE_INFO_H_

#include <sys/stat.h>

#include <string>

#include "common/s3/s3_response.h"

namespace audiodl {

// Size and modification time, to the nanosecond, in quotes.
std::string EntityTagOf(const struct stat& file);

ObjectInfo InfoOf(const struct stat& file);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_FILE_INFO_H_
