// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The lowest layer of the session reader: takes lengths, numbers and counted bytes off the front of
// what PHP's serialize() wrote, and remembers the first thing that was wrong.
//
//   PhpScanner scanner("s:3:\"a|b\";");
//   scanner.Expect("s:") && (length = scanner.TakeLength()) && scanner.Expect(":\"") ...
//   if (!scanner.status().ok()) ...   // "session byte 2: expected a length"
//
// A method that fails takes nothing, records the fault unless there already is one, and returns
// false or nothing, so that a caller need only stop. Numbers are taken as PHP writes them: no '+',
// no leading zeros, no "-0", in range. PHP would read those too, but it never writes them, and a
// number with one spelling only can be compared as text.
//
// One thread at a time. The bytes are borrowed for the scanner's life, and so are the views it
// returns.

#ifndef AUDIODL_COMMON_SESSION_PHP_SCANNER_H_
#define AUDIODL_COMMON_SESSION_PHP_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// Whether `text` is a 64-bit integer as PHP writes one. Such a string as an array key *is* that
// integer: $a["5"] and $a[5] are one element.
bool IsPhpInteger(std::string_view text);

class PhpScanner {
 public:
  explicit PhpScanner(std::string_view bytes) : bytes_(bytes) {}

  bool AtEnd() const { return offset_ == bytes_.size(); }
  size_t offset() const { return offset_; }
  // The next byte, or NUL at the end; takes nothing.
  char Peek() const { return AtEnd() ? '\0' : bytes_[offset_]; }

  [[nodiscard]] bool Expect(std::string_view literal);
  // A count of bytes or elements.
  std::optional<uint32_t> TakeLength();
  // A 64-bit integer, as its text.
  std::optional<std::string_view> TakeInteger();
  std::optional<std::string_view> TakeBytes(size_t count);
  // What stands before the next `delimiter`; takes the delimiter too.
  std::optional<std::string_view> TakeUntil(char delimiter);

  // Records that `expected` is not what stands at `offset`, unless there is an earlier fault.
  // Always returns false. REQUIRES: `expected` is a literal.
  bool FailAt(size_t offset, const char* expected);
  bool Fail(const char* expected) { return FailAt(offset_, expected); }

  // kInvalid with the offset of the first fault and what was expected there; else ok.
  Status status() const;

 private:
  // The longest run of digits, after an optional '-'.
  std::string_view Digits() const;

  std::string_view bytes_;
  size_t offset_ = 0;
  size_t fault_offset_ = 0;
  const char* expected_ = nullptr;  // not null: there was a fault
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_PHP_SCANNER_H_
