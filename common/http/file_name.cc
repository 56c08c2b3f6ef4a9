// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/file_name.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace audiodl {
namespace {

constexpr size_t kMaxEndingBytes = 11;  // its dot included

struct CodePoints {
  uint32_t first, last;
};

template <size_t kCount>
bool IsAmong(uint32_t code_point, const std::array<CodePoints, kCount>& rows) {
  return std::any_of(rows.begin(), rows.end(), [code_point](const CodePoints& row) {
    return code_point >= row.first && code_point <= row.last;
  });
}

// C0, DEL, C1; marks and overrides of direction; what has no width, but for the joiners that some
// scripts and emoji need.
constexpr std::array<CodePoints, 10> kLeftOut = {{{0x00, 0x1f},
                                                  {0x7f, 0x9f},
                                                  {0xad, 0xad},
                                                  {0x61c, 0x61c},
                                                  {0x200b, 0x200b},
                                                  {0x200e, 0x200f},
                                                  {0x2028, 0x202e},
                                                  {0x2060, 0x206f},
                                                  {0xfeff, 0xfeff},
                                                  {0xfff9, 0xfffb}}};
constexpr std::array<CodePoints, 6> kBlanks = {{{0x20, 0x20},
                                                {0xa0, 0xa0},
                                                {0x2000, 0x200a},
                                                {0x202f, 0x202f},
                                                {0x205f, 0x205f},
                                                {0x3000, 0x3000}}};
constexpr std::array<CodePoints, 4> kDashes = {
    {{0x2010, 0x2015}, {0x2212, 0x2212}, {0xfe58, 0xfe58}, {0xff0d, 0xff0d}}};
constexpr std::array<CodePoints, 3> kApostrophes = {
    {{0x2018, 0x201b}, {0x2bc, 0x2bc}, {0x2032, 0x2032}}};
constexpr CodePoints kCombining = {0x300, 0x36f};

// U+00C0 to U+017F without their marks, two characters each.
constexpr CodePoints kLatin = {0xc0, 0x17f};
constexpr std::string_view kLatinLetters =
    "A A A A A A AEC E E E E I I I I D N O O O O O x O U U U U Y Thss"
    "a a a a a a aec e e e e i i i i d n o o o o o _ o u u u u y thy "
    "A a A a A a C c C c C c C c D d D d E e E e E e E e E e G g G g "
    "G g G g H h H h I i I i I i I i I i IJijJ j K k k L l L l L l L "
    "l L l N n N n N n 'nN n O o O o O o OEoeR r R r R r S s S s S s "
    "S s T t T t T t U u U u U u U u U u U u W w Y y Y Z z Z z Z z s ";
static_assert(kLatinLetters.size() == 2 * (kLatin.last - kLatin.first + 1));

uint32_t CodePointAt(std::string_view text, size_t length) {
  const auto byte = [text](size_t at) { return static_cast<unsigned char>(text[at]); };
  if (length == 1) return byte(0);
  uint32_t code_point = byte(0) & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) code_point = code_point << 6 | (byte(i) & 0x3f);
  return code_point;
}

// Calls `use` with each character's bytes and code point, and with 0 for a byte of none.
template <typename Use>
void ForEachCharacter(std::string_view text, Use use) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const size_t bytes = std::max<size_t>(length, 1);
    use(text.substr(0, bytes), length > 0, length > 0 ? CodePointAt(text, length) : 0);
    text.remove_prefix(bytes);
  }
}

constexpr std::string_view kRefused = "\"*/:<>?\\|";

std::string Replaced(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  ForEachCharacter(name, [&out](std::string_view bytes, bool is_utf8, uint32_t code_point) {
    const bool is_plain = code_point > ' ' && code_point < 0x7f;
    if (!is_utf8 || (is_plain && kRefused.find(bytes) != std::string_view::npos)) {
      out.push_back('_');
    } else if (is_plain) {
      out.append(bytes);
    } else if (code_point == '\t' || IsAmong(code_point, kBlanks)) {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else if (!IsAmong(code_point, kLeftOut)) {
      out.append(bytes);
    }
  });
  return out;
}

bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

void ReplaceEscapes(std::string& name) {
  for (size_t at = name.find('%'); at != std::string::npos; at = name.find('%', at + 1)) {
    const bool is_one =
        at + 2 < name.size() && IsHexDigit(name[at + 1]) && IsHexDigit(name[at + 2]);
    if (is_one) name[at] = '_';
  }
}

// Where ".mp3" begins; the name's length where it has none.
size_t EndingOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size()) return name.size();
  const std::string_view ending = name.substr(dot);
  const bool is_one =
      ending.size() <= kMaxEndingBytes && std::all_of(ending.begin() + 1, ending.end(), IsAlnum);
  return is_one ? dot : name.size();
}

// Without dots and spaces at both ends.
std::string_view Stripped(std::string_view stem) {
  const size_t first = stem.find_first_not_of(". ");
  if (first == std::string_view::npos) return {};
  return stem.substr(first, stem.find_last_not_of(". ") - first + 1);
}

// At most so many bytes, whole characters, and no joiner left behind that joined what is cut.
std::string_view Cut(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = 0;
  for (size_t next = 0; next <= max_bytes;
       next += std::max<size_t>(Utf8Length(text.substr(next)), 1)) {
    end = next;
  }
  text = text.substr(0, end);
  for (const std::string_view joiner : {"\u200d", "\u200c"}) {
    if (text.ends_with(joiner)) text.remove_suffix(joiner.size());
  }
  return text;
}

// Whatever stands behind the first dot, Windows takes CON.tar.gz for the console.
bool IsDevice(std::string_view name) {
  std::string_view stem = name.substr(0, name.find('.'));
  stem = stem.substr(0, stem.find_last_not_of(' ') + 1);
  constexpr std::array<std::string_view, 6> kDevices = {"CON", "PRN",    "AUX",
                                                        "NUL", "CONIN$", "CONOUT$"};
  for (const std::string_view device : kDevices) {
    if (EqualsIgnoreCase(stem, device)) return true;
  }
  const std::string_view port = stem.substr(0, 3);
  if (!EqualsIgnoreCase(port, "COM") && !EqualsIgnoreCase(port, "LPT")) return false;
  const std::string_view number = stem.substr(port.size());
  constexpr std::array<std::string_view, 3> kSuperscripts = {"\u00b9", "\u00b2", "\u00b3"};
  return (number.size() == 1 && IsDigit(number[0])) ||
         std::find(kSuperscripts.begin(), kSuperscripts.end(), number) != kSuperscripts.end();
}

std::string_view LatinLetters(uint32_t code_point) {
  const std::string_view cell = kLatinLetters.substr(2 * (code_point - kLatin.first), 2);
  return cell.substr(0, cell.find(' '));
}

}  // namespace

std::string SafeFileName(std::string_view name) {
  std::string replaced = Replaced(name);
  ReplaceEscapes(replaced);
  const size_t at = EndingOf(replaced);
  const std::string ending = replaced.substr(at);
  const std::string_view stem = Stripped(std::string_view(replaced).substr(0, at));
  std::string safe = IsDevice(stem) ? "_" : "";
  safe += stem.empty() ? "download" : stem;
  return std::string(Stripped(Cut(safe, kMaxFileNameBytes - ending.size()))) + ending;
}

std::string AsciiFileName(std::string_view safe_name) {
  std::string out;
  out.reserve(safe_name.size());
  ForEachCharacter(safe_name, [&out](std::string_view bytes, bool is_utf8, uint32_t code_point) {
    if (is_utf8 && code_point < 0x80) {
      out.append(bytes);
    } else if (code_point >= kLatin.first && code_point <= kLatin.last) {
      out.append(LatinLetters(code_point));
    } else if (IsAmong(code_point, kDashes)) {
      out.push_back('-');
    } else if (IsAmong(code_point, kApostrophes)) {
      out.push_back('\'');
    } else if (code_point < kCombining.first || code_point > kCombining.last) {
      out.push_back('_');
    }
  });
  return out;
}

}  // namespace audiodl
