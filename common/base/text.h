// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Small work on text that several parsers share. All of it is ASCII only and ignores the locale, as
// HTTP and configuration files want. Pure; any thread.

#ifndef AUDIODL_COMMON_BASE_TEXT_H_
#define AUDIODL_COMMON_BASE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

// Without spaces, tabs, CR and LF at both ends. The result points into `text`.
std::string_view Trim(std::string_view text);

std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
inline bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool IsAlnum(char c) { return IsDigit(c) || IsLower(c) || IsUpper(c); }
// What must never reach a log line or a header: everything below space, and DEL.
inline bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// One or more digits and nothing else; none on a sign, a blank, or a value above 2^64-1.
std::optional<uint64_t> ParseDecimal(std::string_view text);

// Words separated by blanks; "..." and '...' keep their blanks, and inside them a backslash keeps
// the quote or backslash after it: the rules of httpd's own directives. kInvalid on an open quote.
Result<std::vector<std::string>> SplitWords(std::string_view text);

// For messages: control characters become '?', and what is longer than max_bytes is cut (never
// inside a UTF-8 character) and ends in "...".
std::string Printable(std::string_view text, size_t max_bytes = 120);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_TEXT_H_
