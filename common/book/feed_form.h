// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The part of a page that makes feed addresses for podcast apps. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_FEED_FORM_H_
#define AUDIODL_COMMON_BOOK_FEED_FORM_H_

#include <cstdint>
#include <string>

#include "common/book/markup_writer.h"

namespace audiodl {

// The addresses of feeds that a page can make for a device of the customer's.
struct DeviceFeeds {
  bool offered = false;  // whether the page asks for the device's name
  std::string device;    // as it was given; empty: not yet
  std::string problem;   // why there are no addresses for it; empty: none
  std::string book;      // absolute; empty: none was made
  std::string library;
  int64_t end = 0;  // of both, seconds since 1970
};

// Nothing where they are not offered. `path` is that of the page itself.
void WriteFeedForm(MarkupWriter& page, const std::string& path, const DeviceFeeds& feeds);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_FEED_FORM_H_
