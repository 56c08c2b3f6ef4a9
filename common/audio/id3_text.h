// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// ID3's texts from and to UTF-8. Pure; any thread.

#ifndef AUDIODL_COMMON_AUDIO_ID3_TEXT_H_
#define AUDIODL_COMMON_AUDIO_ID3_TEXT_H_

#include <string>
#include <string_view>

namespace audiodl {

// The first string of a text frame's body, whose first byte names the encoding (0 Latin-1, 1 UTF-16
// with its byte order mark, 2 UTF-16 with the high byte first, 3 UTF-8), without blanks at its ends
// and without control characters. Empty where it is malformed.
std::string DecodeId3Text(std::string_view body);

// The encoding's byte and the text: Latin-1 where that is enough, else UTF-16; what 2.3 allows.
std::string EncodeId3Text(std::string_view utf8);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_ID3_TEXT_H_
