// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The style sheet of the pages, where the shop has none of its own (AudioPageCSS). What is written
// for it has the class audiodl around it, and works on a phone, on a wide screen, in the dark and
// on paper; texts have a contrast of at least 4.5 to 1 (WCAG 2.2 AA). Immutable.

#ifndef AUDIODL_COMMON_BOOK_PAGE_STYLE_H_
#define AUDIODL_COMMON_BOOK_PAGE_STYLE_H_

#include <string_view>

namespace audiodl {

extern const std::string_view kPageStyle;

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_PAGE_STYLE_H_
