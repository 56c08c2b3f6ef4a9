// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A small document from a web server: a sibling's list, a health page. One thread.

#ifndef AUDIODL_AUDIODL_HTTP_GET_H_
#define AUDIODL_AUDIODL_HTTP_GET_H_

#include <chrono>
#include <cstddef>
#include <string>

#include "common/base/status.h"

namespace audiodl {

struct HttpGetLimits {
  size_t bytes = size_t{16} << 20;
  std::chrono::milliseconds time{10000};
};

// The body of an answer of 200. http and https only, with the server's certificate verified; a
// redirect is not followed. kUnreachable: no connection, too slow, too long. kNotFound: 404.
// kForbidden: 401 or 403. kInvalid: no URL, or another answer. The text names the URL.
Result<std::string> HttpGet(const std::string& url, const HttpGetLimits& limits = {});

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_HTTP_GET_H_
