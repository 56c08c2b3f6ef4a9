// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Answers that are made rather than fetched: pages, feeds, playlists. Each has an entity tag of its
// content, is asked for again every time (a 304 where nothing has changed), and stays out of shared
// caches and search engines.

#ifndef AUDIODL_MOD_AUDIODL_TEXT_ANSWER_H_
#define AUDIODL_MOD_AUDIODL_TEXT_ANSWER_H_

#include <httpd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audiodl {

struct TextAnswer {
  std::string body;
  std::string_view type;  // constant: of its media
  std::string policy;     // Content-Security-Policy; empty: of what is no page
  std::string file_name;  // under which it is saved; empty: it is shown
  bool depends_on_accept = false;
  bool has_secrets = false;  // addresses that let in whoever has them
  // Where it is made of nothing but what had last changed then.
  std::optional<int64_t> modified_at;
};

// Returns what a handler returns. Answers HEAD, and preconditions by 304 or 412.
int SendText(request_rec* r, TextAnswer answer);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_TEXT_ANSWER_H_
