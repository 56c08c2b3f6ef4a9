// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioFreeTitles in httpd: gives every virtual host its file.

#ifndef AUDIODL_MOD_AUDIODL_FREE_TITLES_FILES_H_
#define AUDIODL_MOD_AUDIODL_FREE_TITLES_FILES_H_

#include <httpd.h>

#include <string_view>

namespace audiodl {

void RegisterFreeTitlesFiles(apr_pool_t* pool);

// Whether the book costs nothing at the time of the request. Any thread.
bool IsFreeNow(const request_rec* r, std::string_view book);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_FREE_TITLES_FILES_H_
