// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Sizes, lengths and dates as people read them. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_HUMAN_TEXT_H_
#define AUDIODL_COMMON_BOOK_HUMAN_TEXT_H_

#include <cstdint>
#include <string>

namespace audiodl {

// "28.8 MB", in powers of ten as browsers and shops count.
std::string HumanSize(uint64_t bytes);

// "8 h 31 min", "31 min", "45 s"; to the nearest minute from one minute on.
std::string HumanDuration(uint64_t milliseconds);

// "3 Nov 2026", in UTC.
std::string HumanDate(int64_t seconds);

// "2026-11-03", for machines.
std::string IsoDay(int64_t seconds);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_HUMAN_TEXT_H_
