// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Every value of one session in the order it was written: a row each, with its key and the row of
// the array or object that holds it. It answers the two questions that need the whole session: what
// a back-reference points to, and which value a key names.
//
// Back-references. PHP numbers the values of a session from 1 in the order they are written; keys
// have no number and "R:" has none of its own. "R:n;" is the same PHP variable as value n, "r:n;"
// the same object. In
//
//   a|i:5;b|a:2:{i:0;O:4:"User":0:{}i:1;R:1;}c|r:3;
//
// a is 1, b is 2, the User is 3, $_SESSION['b'][1] is an alias of a, and c (number 4) is the User.
//
// The numbers after a custom-serialized ("C:") object are not certain: its class may number values
// inside, and only the class knows.
//
// One thread at a time. Rows borrow the session's bytes.

#ifndef AUDIODL_COMMON_SESSION_PHP_VALUE_TABLE_H_
#define AUDIODL_COMMON_SESSION_PHP_VALUE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace audiodl {

enum class PhpType : unsigned char {
  kNull,
  kBool,  // text: "0" or "1"
  kInt,   // text: decimal
  kFloat,
  kString,  // text: its bytes
  kArray,
  kObject,  // also an enum case, a custom-serialized object, and "r:"
  kReference,
  kUnknown,  // a reference to a value whose number is not certain
};

using PhpRow = uint32_t;

struct PhpValue {
  PhpRow parent = 0;
  std::string_view key;
  PhpType type = PhpType::kNull;
  std::string_view text;
  size_t offset = 0;  // of its first byte in the session
  PhpRow target = 0;  // kReference: the row it is an alias of, never itself a reference
};

class PhpValueTable {
 public:
  // The session itself is a row too, an array without a number; the first one added.
  static constexpr PhpRow kSession = 0;

  size_t size() const { return rows_.size(); }

  // Adds a row that references can point to. REQUIRES: value.type is not kReference.
  PhpRow Add(const PhpValue& value);
  // Adds a row that has no number: a reference, or the session where PHP writes none for it.
  PhpRow AddUnnumbered(const PhpValue& value);

  // The row of that number, if it is already there; and remembers that the session has references.
  std::optional<PhpRow> Resolve(uint32_t number);
  // Numbers of rows added from now on are not certain.
  void DoubtNumbers();
  bool IsCertain(PhpRow row) const { return row < first_doubtful_; }

  // Takes back every row but the first `size`.
  void ShrinkTo(size_t size);

  // The element of that key, references followed: the last one, as in PHP, where a key occurs
  // twice.
  std::optional<PhpRow> Find(PhpRow parent, std::string_view key) const;
  const PhpValue& at(PhpRow row) const { return rows_[row]; }

  // Whether a key occurs twice in some array or object of a session that also has references. PHP
  // never writes that. What such a reference then points to is decided by PHP's memory layout, not
  // by the text: the second value takes the first one's place, number and all.
  bool IsAmbiguous() const;

 private:
  bool HasDuplicateKey() const;

  std::vector<PhpValue> rows_;
  std::vector<PhpRow> numbered_;  // number n is numbered_[n - 1]
  PhpRow first_doubtful_ = std::numeric_limits<PhpRow>::max();
  bool has_references_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_PHP_VALUE_TABLE_H_
