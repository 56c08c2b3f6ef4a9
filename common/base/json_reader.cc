// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/json_reader.h"

#include <algorithm>
#include <vector>

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace audiodl {
namespace {

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

// Once per object, sorted: a search per member would let a hostile document cost its square.
bool HasTwice(const std::vector<std::string>& names) {
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

// What a one-letter escape stands for; '\0': no such escape.
char Unescaped(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

Result<Json> JsonReader::Read() {
  Json document;
  SkipBlanks();
  Status read = ReadValue(document);
  if (!read.ok()) return read;
  SkipBlanks();
  if (at_ != text_.size()) return Wrong("nothing may follow the value");
  return document;
}

Status JsonReader::ReadValue(Json& value) {
  if (values_left_-- == 0) return Wrong("too many values");
  switch (Peek()) {
    case '{':
      return ReadObject(value);
    case '[':
      return ReadArray(value);
    case '"':
      value.type_ = Json::Type::kString;
      return ReadString(value.text_);
    case 'n':
      return ReadLiteral("null");
    case 't':
    case 'f':
      value.type_ = Json::Type::kBool;
      value.bool_ = Peek() == 't';
      return ReadLiteral(value.bool_ ? "true" : "false");
    default:
      return ReadNumber(value);
  }
}

Status JsonReader::ReadArray(Json& array) {
  if (++depth_ > Json::kMaxDepth) return Wrong("it is nested too deeply");
  array.type_ = Json::Type::kArray;
  Take('[');
  SkipBlanks();
  if (!Take(']')) {
    do {
      SkipBlanks();
      Status read = ReadValue(array.items_.emplace_back());
      if (!read.ok()) return read;
      SkipBlanks();
    } while (Take(','));
    if (!Take(']')) return Wrong("expected , or ]");
  }
  --depth_;
  return Status::Ok();
}

Status JsonReader::ReadObject(Json& object) {
  if (++depth_ > Json::kMaxDepth) return Wrong("it is nested too deeply");
  object.type_ = Json::Type::kObject;
  Take('{');
  SkipBlanks();
  if (!Take('}')) {
    do {
      SkipBlanks();
      Status read = ReadMember(object);
      if (!read.ok()) return read;
      SkipBlanks();
    } while (Take(','));
    if (!Take('}')) return Wrong("expected , or }");
  }
  if (HasTwice(object.names_)) return Wrong("an object has the same name twice, before");
  --depth_;
  return Status::Ok();
}

Status JsonReader::ReadMember(Json& object) {
  if (Peek() != '"') return Wrong("expected a name in quotes");
  std::string name;
  Status read = ReadString(name);
  if (!read.ok()) return read;
  SkipBlanks();
  if (!Take(':')) return Wrong("expected :");
  SkipBlanks();
  object.names_.push_back(std::move(name));
  return ReadValue(object.items_.emplace_back());
}

Status JsonReader::ReadNumber(Json& number) {
  const size_t begin = at_;
  Take('-');
  const bool leading_zero = Peek() == '0';
  const size_t digits = at_;
  if (!SkipDigits()) return Wrong("expected a value");
  if (leading_zero && at_ - digits > 1) return Wrong("a number begins with 0");
  if (Take('.') && !SkipDigits()) return Wrong("a fraction has no digits");
  if (Take('e') || Take('E')) {
    if (!Take('+')) Take('-');
    if (!SkipDigits()) return Wrong("an exponent has no digits");
  }
  number.type_ = Json::Type::kNumber;
  number.text_ = text_.substr(begin, at_ - begin);
  return Status::Ok();
}

Status JsonReader::ReadLiteral(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return Wrong("expected a value");
  at_ += word.size();
  return Status::Ok();
}

Status JsonReader::ReadString(std::string& out) {
  Take('"');
  while (!Take('"')) {
    if (Take('\\')) {
      Status read = ReadEscape(out);
      if (!read.ok()) return read;
      continue;
    }
    const size_t length = Utf8Length(text_.substr(at_));
    if (length == 0) return Wrong(at_ == text_.size() ? "a string is not closed" : "not UTF-8");
    if (static_cast<unsigned char>(Peek()) < 0x20) return Wrong("a control character in a string");
    out.append(text_.substr(at_, length));
    at_ += length;
  }
  return Status::Ok();
}

Status JsonReader::ReadEscape(std::string& out) {
  if (Take('u')) return ReadUnicodeEscape(out);
  const char c = Unescaped(Peek());
  if (c == '\0') return Wrong("no such escape");
  ++at_;
  out.push_back(c);
  return Status::Ok();
}

Status JsonReader::ReadUnicodeEscape(std::string& out) {
  uint32_t unit = 0;
  Status read = ReadHex4(unit);
  if (!read.ok()) return read;
  if (IsLowSurrogate(unit)) return Wrong("a lone surrogate");
  if (IsHighSurrogate(unit)) {
    uint32_t low = 0;
    if (!Take('\\') || !Take('u')) return Wrong("a lone surrogate");
    read = ReadHex4(low);
    if (!read.ok()) return read;
    if (!IsLowSurrogate(low)) return Wrong("a lone surrogate");
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  AppendUtf8(unit, out);
  return Status::Ok();
}

Status JsonReader::ReadHex4(uint32_t& value) {
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = Peek();
    uint32_t digit = 0;
    if (IsDigit(c)) {
      digit = static_cast<uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<uint32_t>(c - 'A' + 10);
    } else {
      return Wrong("expected four hexadecimal digits");
    }
    value = value * 16 + digit;
  }
  return Status::Ok();
}

bool JsonReader::Take(char c) {
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

void JsonReader::SkipBlanks() {
  while (Take(' ') || Take('\t') || Take('\n') || Take('\r')) {
  }
}

bool JsonReader::SkipDigits() {
  const size_t begin = at_;
  while (IsDigit(Peek())) ++at_;
  return at_ > begin;
}

Status JsonReader::Wrong(std::string_view what) const {
  return Status::Invalid("JSON: " + std::string(what) + " at byte " + std::to_string(at_));
}

}  // namespace audiodl
