// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// SHA256SUMS as sha256sum writes it: with such a file in the folder, an upload is complete exactly
// when all that it names is there and right.
//
//   2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  01.mp3
//
// Any thread.

#ifndef AUDIODL_COMMON_INGEST_CHECKSUM_LIST_H_
#define AUDIODL_COMMON_INGEST_CHECKSUM_LIST_H_

#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// Digest by name. kInvalid names the line that is none.
Result<std::map<std::string, std::string>> ParseChecksumList(std::string_view text);

// A file's SHA-256 in hex.
Result<std::string> Sha256OfFile(const std::string& path);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_CHECKSUM_LIST_H_
