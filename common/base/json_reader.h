// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The parser behind Json::Parse(): recursive descent, one function per rule of RFC 8259's grammar.
// For json.cc only.

#ifndef AUDIODL_COMMON_BASE_JSON_READER_H_
#define AUDIODL_COMMON_BASE_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/json.h"
#include "common/base/status.h"

namespace audiodl {

// Reads one document, once. `text` must outlive the reader.
class JsonReader {
 public:
  JsonReader(std::string_view text, size_t max_values) : text_(text), values_left_(max_values) {}

  Result<Json> Read();

 private:
  Status ReadValue(Json& value);
  Status ReadArray(Json& array);
  Status ReadObject(Json& object);
  Status ReadMember(Json& object);
  Status ReadNumber(Json& number);
  Status ReadLiteral(std::string_view word);
  Status ReadString(std::string& out);
  Status ReadEscape(std::string& out);
  Status ReadUnicodeEscape(std::string& out);
  Status ReadHex4(uint32_t& value);

  // True: that character came next, and is taken.
  bool Take(char c);
  void SkipBlanks();
  // True: at least one digit.
  bool SkipDigits();
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  Status Wrong(std::string_view what) const;

  const std::string_view text_;  // borrowed for one call of Json::Parse()
  size_t at_ = 0;
  int depth_ = 0;
  size_t values_left_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_JSON_READER_H_
