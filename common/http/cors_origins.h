// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which web pages of other hosts may read what is downloaded, with their visitor's session (the
// Fetch standard's CORS). Immutable; any thread.
//
//   CorsOrigins::Parse("https://player.example.org http://localhost:8080")

#ifndef AUDIODL_COMMON_HTTP_CORS_ORIGINS_H_
#define AUDIODL_COMMON_HTTP_CORS_ORIGINS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

// What a page may send and see beyond what every page may.
inline constexpr char kCorsMethods[] = "GET, HEAD";
inline constexpr char kCorsRequestHeaders[] =
    "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since";
inline constexpr char kCorsExposedHeaders[] =
    "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Repr-Digest, "
    "X-Audiodl-Code";

class CorsOrigins {
 public:
  // Nobody.
  CorsOrigins() = default;

  // Words with blanks between them: scheme://host[:port], in lower case or not; or the one word
  // "none". kInvalid says which word is wrong and why: "*" above all, which no browser takes beside
  // a cookie.
  static Result<CorsOrigins> Parse(std::string_view words);

  // Whether the Origin header's value is one of them.
  bool Allows(std::string_view origin) const;

  bool empty() const { return origins_.empty(); }

 private:
  std::vector<std::string> origins_;  // as browsers write them
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_CORS_ORIGINS_H_
