// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Text as JSON has it (RFC 8259, section 7). Pure; any thread.

#ifndef AUDIODL_AUDIODL_JSON_TEXT_H_
#define AUDIODL_AUDIODL_JSON_TEXT_H_

#include <string>
#include <string_view>

namespace audiodl {

// `text` in quotes, with what must be escaped. Bytes that are not UTF-8 become U+FFFD, one each: a
// path may hold anything, a JSON document may not.
std::string JsonText(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_JSON_TEXT_H_
