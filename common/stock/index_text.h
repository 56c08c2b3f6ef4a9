// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Books of a listing as text: what the parts of an index hold. Lines, since no name holds a line
// end; the manifest as the bytes that the file has, and a line end:
//
//   book fantasy/dune
//   marker 1764230400000000000 01.mp3
//   withdrawn 1764230400 02.mp3
//   manifest 25
//   {"audiodl":1,"chunks":[]}
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_STOCK_INDEX_TEXT_H_
#define AUDIODL_COMMON_STOCK_INDEX_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/stock/listing_contents.h"

namespace audiodl {

// The books dealt into parts by a hash of their names, so that a change of one book changes one
// part: one part for a few hundred markers, and never more than 4,096. The same contents always
// give the same parts, and a part that would be empty is there, too.
std::vector<std::string> IndexParts(const ListingContents& contents);

// Adds what a part says to `contents`. kInvalid says which line is none, names no chunk that a URL
// could ask for, or repeats one.
Status ReadIndexPart(std::string_view text, ListingContents& contents);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_INDEX_TEXT_H_
