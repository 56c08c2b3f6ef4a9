// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The order in which people read names: 2 before 10, CD1 before CD2, a before B. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_NATURAL_ORDER_H_
#define AUDIODL_COMMON_BOOK_NATURAL_ORDER_H_

#include <string_view>

namespace audiodl {

// Runs of digits compare by their value, however long they are and with however many zeros before
// them; ASCII letters without their case; all else byte by byte. Names that are equal so far are
// told apart by their bytes, so that this is a strict weak order in which only equals are equal.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_NATURAL_ORDER_H_
