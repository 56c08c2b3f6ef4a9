// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// URLs that stand in pages and in their Content-Security-Policy, where a blank or a semicolon would
// mean something else. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_PAGE_URL_H_
#define AUDIODL_COMMON_BOOK_PAGE_URL_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// A path on the same server, or a whole URL of http or https, of nothing but the characters that
// RFC 3986 allows. kInvalid says what it should be.
Status CheckPageUrl(std::string_view url);

// A book's cover as an absolute URL: a path is one on `origin`. Empty where it is neither, so that
// no other scheme ever gets into a page.
std::string CoverUrl(std::string_view cover, std::string_view origin);

// "https://img.example.org" of a URL on it; 'self' for a path. REQUIRES: CheckPageUrl() was ok.
std::string PolicySourceOf(std::string_view url);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_PAGE_URL_H_
