// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The times that a listing's files are given, so that whoever replicates it by size and time sees
// every change.
//
// A replicator takes a file that has the size and the time of the one it knows for that one, and
// times for the same that are less than two seconds apart, or an hour and up to two seconds
// (unison, for the sake of FAT and its summer time). It looks at the inode, too, but a file system
// gives the one of a file that is gone to the next. So a file that is written anew gets a time at
// some distance from the one before it; and where there is none before it, from that of the
// listing's list of withdrawn chunks (WithdrawnList), which is later than all that was ever taken
// away. Such times may lie some seconds ahead of the clock. All are Unix nanoseconds.

#ifndef AUDIODL_COMMON_STOCK_LISTING_TIME_H_
#define AUDIODL_COMMON_STOCK_LISTING_TIME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

int64_t NowNanoseconds();

// `now`, or later, and never near `before`.
int64_t NextListingTime(int64_t now, std::optional<int64_t> before);

// When that file was changed last; none where there is no such file.
std::optional<int64_t> TimeOfFile(const std::string& path);

Status SetTimeOfFile(int fd, const std::string& path, int64_t time);

// A file of a listing, whole or not at all, with that time.
Status WriteListingFile(const std::string& path, std::string_view text, int64_t time);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_LISTING_TIME_H_
