// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// gzip (RFC 1952) in one piece, over zlib: what zcat reads. Pure; any thread.

#ifndef AUDIODL_COMMON_STOCK_GZIP_H_
#define AUDIODL_COMMON_STOCK_GZIP_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// The same bytes for the same text, whenever it is called: no date, no name.
std::string Gzip(std::string_view text);

// kInvalid: it is no gzip, is cut, is damaged, has something behind it, or becomes longer than
// `limit`.
Result<std::string> Gunzip(std::string_view bytes, size_t limit);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_GZIP_H_
