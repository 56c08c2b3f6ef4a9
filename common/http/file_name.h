// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Names of files as strangers' computers can keep them: what a title says, less what one of the
// usual systems refuses or takes for something else, so that every client saves a download under
// the same name. Pure; any thread.

#ifndef AUDIODL_COMMON_HTTP_FILE_NAME_H_
#define AUDIODL_COMMON_HTTP_FILE_NAME_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace audiodl {

// File systems keep 255 bytes; clients append ".crdownload", ".aria2" or " (1)" while they work,
// and wget cuts what has more than 236, its ending included.
inline constexpr size_t kMaxFileNameBytes = 230;

// "Dune: Part One?.mp3" -> "Dune_ Part One_.mp3". UTF-8, at most kMaxFileNameBytes, never empty;
// what is cut is cut before the ending and never inside a character. '_' takes the place of path
// separators, of what Windows does not allow (" * : < > ? |), of bytes that are not UTF-8, and of a
// percent sign before two hex digits, which some clients decode once more than they should;
// controls, and characters that turn the direction of writing or cannot be seen, are left out.
// Blanks become single spaces, none at the ends; nor a dot. Windows' devices (CON, LPT1.mp3) get
// a '_' before them.
std::string SafeFileName(std::string_view name);

// The same in ASCII: "Émile – 2.mp3" -> "Emile - 2.mp3". Latin letters lose their marks, dashes and
// quotes become plain, all else '_'.
std::string AsciiFileName(std::string_view safe_name);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_FILE_NAME_H_
