// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What is asked for behind the '?' of a book's or the library's address:
//
//   format=rss     the form; without it Accept decides between HTML and JSON
//   part=01.mp3    whose chapters, with format=chapters
//   play=01.mp3    the part that the page's player plays, with t=SECONDS where it begins
//   links=signed   whether the addresses in the answer need no cookie
//   device=phone   the device that signed links and feeds are for
//
// Other parameters, a signed link's among them, mean nothing here. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_PAGE_REQUEST_H_
#define AUDIODL_COMMON_BOOK_PAGE_REQUEST_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/book/book_format.h"

namespace audiodl {

struct PageRequest {
  BookFormat format = BookFormat::kHtml;
  bool is_negotiated = false;  // the form was chosen by Accept
  std::string part;
  std::string play;
  uint64_t start_seconds = 0;
  bool wants_signed_links = false;
  std::string device;
};

// `query` is what stands behind the '?', percent-encoded as forms do it. kInvalid: no such format.
Result<PageRequest> ParsePageRequest(std::string_view query, std::string_view accept);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_PAGE_REQUEST_H_
