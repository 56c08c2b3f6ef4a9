// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/php_value_walker.h"

#include <algorithm>

#include "common/base/text.h"

namespace audiodl {
namespace {

// What may stand in a PHP name: PHP does not care for the encoding above ASCII.
bool IsNameStart(char c) { return IsLower(c) || IsUpper(c) || c == '_' || (c & 0x80) != 0; }

bool IsName(std::string_view text) {
  return !text.empty() && IsNameStart(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsNameStart(c) || IsDigit(c); });
}

// Names joined with '\'. PHP would read more (a leading digit, a trailing '\') but has no class of
// such a name to write.
bool IsClassName(std::string_view text) {
  for (size_t end; (end = text.find('\\')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    if (!IsName(text.substr(0, end))) return false;
  }
  return IsName(text);
}

// Removes the digits at the front of `text` and says how many they were.
size_t SkipDigits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const size_t count = static_cast<size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

void SkipSign(std::string_view& text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
}

// PHP's rule: digits with at most one point, at least one digit, then perhaps an exponent.
bool IsFloat(std::string_view text) {
  if (text == "NAN" || text == "INF" || text == "-INF") return true;
  SkipSign(text);
  size_t digits = SkipDigits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += SkipDigits(text);
  }
  if (digits == 0) return false;
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  SkipSign(text);
  return SkipDigits(text) > 0 && text.empty();
}

}  // namespace

bool PhpValueWalker::Walk(const Place& place) {
  // The session's own row is not counted.
  if (table_.size() > kMaxElements) return scanner_.Fail("no more values: there are too many");
  switch (scanner_.Peek()) {
    case 'N':
      return Null(place);
    case 'b':
      return Bool(place);
    case 'i':
      return Int(place);
    case 'd':
      return Float(place);
    case 's':
      return String(place);
    case 'a':
      return Array(place);
    case 'O':
      return Object(place);
    case 'C':
      return CustomObject(place);
    case 'E':
      return Enum(place);
    case 'R':
      return Reference(place);
    case 'r':
      return ObjectReference(place);
    default:
      return scanner_.Fail("a value");
  }
}

bool PhpValueWalker::Null(const Place& place) {
  table_.Add(At(place, PhpType::kNull));
  return scanner_.Expect("N;");
}

bool PhpValueWalker::Bool(const Place& place) {
  PhpValue value = At(place, PhpType::kBool);
  if (!scanner_.Expect("b:")) return false;
  if (scanner_.Peek() != '0' && scanner_.Peek() != '1') return scanner_.Fail("0 or 1");
  value.text = *scanner_.TakeBytes(1);
  table_.Add(value);
  return scanner_.Expect(";");
}

bool PhpValueWalker::Int(const Place& place) {
  PhpValue value = At(place, PhpType::kInt);
  if (!scanner_.Expect("i:")) return false;
  const auto digits = scanner_.TakeInteger();
  if (!digits) return false;
  value.text = *digits;
  table_.Add(value);
  return scanner_.Expect(";");
}

bool PhpValueWalker::Float(const Place& place) {
  table_.Add(At(place, PhpType::kFloat));
  if (!scanner_.Expect("d:")) return false;
  const size_t start = scanner_.offset();
  const auto text = scanner_.TakeUntil(';');
  return text && (IsFloat(*text) || scanner_.FailAt(start, "a float"));
}

bool PhpValueWalker::String(const Place& place) {
  PhpValue value = At(place, PhpType::kString);
  if (!scanner_.Expect("s:")) return false;
  const auto text = CountedBytes();
  if (!text) return false;
  value.text = *text;
  table_.Add(value);
  return scanner_.Expect(";");
}

bool PhpValueWalker::Array(const Place& place) {
  const PhpRow row = table_.Add(At(place, PhpType::kArray));
  return scanner_.Expect("a:") && Elements(row);
}

bool PhpValueWalker::Object(const Place& place) {
  const PhpRow row = table_.Add(At(place, PhpType::kObject));
  return scanner_.Expect("O:") && ClassName() && scanner_.Expect(":") && Elements(row);
}

bool PhpValueWalker::CustomObject(const Place& place) {
  const PhpRow row = table_.Add(At(place, PhpType::kObject));
  if (!scanner_.Expect("C:") || !ClassName() || !scanner_.Expect(":")) return false;
  const auto length = scanner_.TakeLength();
  if (!length || !scanner_.Expect(":{")) return false;
  const auto bytes = scanner_.TakeBytes(*length);
  if (!bytes) return false;
  CustomBytes(row, *bytes);
  return scanner_.Expect("}");
}

// What is between the braces is the class's own affair. But most classes write serialize($members)
// there and call unserialize() on it, and PHP numbers those values along with all others. So bytes
// that are one value are counted as one, bytes that are not count nothing, and no number after them
// is certain.
void PhpValueWalker::CustomBytes(PhpRow object, std::string_view bytes) {
  table_.DoubtNumbers();
  if (depth_ == kMaxDepth) return;
  const size_t rows_before = table_.size();
  PhpScanner scanner(bytes);
  PhpValueWalker walker(scanner, table_, depth_ + 1);
  if (!walker.Walk({object, ""}) || !scanner.AtEnd()) table_.ShrinkTo(rows_before);
}

bool PhpValueWalker::Enum(const Place& place) {
  table_.Add(At(place, PhpType::kObject));
  if (!scanner_.Expect("E:")) return false;
  const size_t start = scanner_.offset();
  const auto text = CountedBytes();
  if (!text) return false;
  const size_t colon = text->find(':');
  if (colon == std::string_view::npos || !IsClassName(text->substr(0, colon)) ||
      !IsName(text->substr(colon + 1))) {
    return scanner_.FailAt(start, "the name of an enum and its case");
  }
  return scanner_.Expect(";");
}

bool PhpValueWalker::Reference(const Place& place) {
  PhpValue value = At(place, PhpType::kReference);
  const auto target = Target("R:");
  if (!target) return false;
  value.target = *target;
  if (!table_.IsCertain(*target)) value.type = PhpType::kUnknown;
  table_.AddUnnumbered(value);
  return true;
}

bool PhpValueWalker::ObjectReference(const Place& place) {
  const PhpValue value = At(place, PhpType::kObject);
  const auto target = Target("r:");
  if (!target) return false;
  if (table_.at(*target).type != PhpType::kObject) {
    return scanner_.FailAt(value.offset, "a reference to an object");
  }
  // Unlike "R:" it has a number itself.
  table_.Add(value);
  return true;
}

bool PhpValueWalker::Elements(PhpRow parent) {
  const auto count = scanner_.TakeLength();
  if (!count || !scanner_.Expect(":{")) return false;
  if (depth_ == kMaxDepth) return scanner_.Fail("no deeper nesting");
  ++depth_;
  for (uint32_t i = 0; i < *count; ++i) {
    if (!Element(parent)) return false;
  }
  --depth_;
  return scanner_.Expect("}");
}

bool PhpValueWalker::Element(PhpRow parent) {
  const auto key = Key();
  return key && Walk({parent, *key});
}

std::optional<std::string_view> PhpValueWalker::Key() {
  std::optional<std::string_view> key;
  if (scanner_.Peek() == 'i') {
    if (scanner_.Expect("i:")) key = scanner_.TakeInteger();
  } else {
    if (scanner_.Expect("s:")) key = CountedBytes();
  }
  if (!key || !scanner_.Expect(";")) return std::nullopt;
  return key;
}

std::optional<std::string_view> PhpValueWalker::CountedBytes() {
  const auto length = scanner_.TakeLength();
  if (!length || !scanner_.Expect(":\"")) return std::nullopt;
  const auto bytes = scanner_.TakeBytes(*length);
  if (!bytes || !scanner_.Expect("\"")) return std::nullopt;
  return bytes;
}

bool PhpValueWalker::ClassName() {
  const size_t start = scanner_.offset();
  const auto name = CountedBytes();
  return name && (IsClassName(*name) || scanner_.FailAt(start, "the name of a class"));
}

std::optional<PhpRow> PhpValueWalker::Target(std::string_view letter) {
  const size_t start = scanner_.offset();
  if (!scanner_.Expect(letter)) return std::nullopt;
  const auto number = scanner_.TakeLength();
  if (!number || !scanner_.Expect(";")) return std::nullopt;
  const auto row = table_.Resolve(*number);
  if (!row) scanner_.FailAt(start, "a reference to a value before it");
  return row;
}

PhpValue PhpValueWalker::At(const Place& place, PhpType type) const {
  PhpValue value;
  value.parent = place.parent;
  value.key = place.key;
  value.type = type;
  value.offset = scanner_.offset();
  return value;
}

}  // namespace audiodl
