// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/file_name.h"

#include <algorithm>
#include <string>

#include "common/base/utf8.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::string_view_literals;

struct Row {
  std::string_view name, safe;
};

TEST_CASE("SafeFileName: what titles have in them") {
  const Row rows[] = {
      {"01.mp3", "01.mp3"},
      {"Dune - 01 - Book One.mp3", "Dune - 01 - Book One.mp3"},
      {"John's \"Émile\" – Teil 2.mp3", "John's _Émile_ – Teil 2.mp3"},
      {"Dune: Part One?.mp3", "Dune_ Part One_.mp3"},
      {"AC/DC\\back*slash<>|.mp3", "AC_DC_back_slash___.mp3"},
      {"../../etc/passwd", "_.._etc_passwd"},
      {"..\\..\\boot.ini", "_.._boot.ini"},
      {"a\r\nSet-Cookie: x=1.mp3", "aSet-Cookie_ x=1.mp3"},
      {"a\0b\x1b[31m\x7f.mp3"sv, "ab[31m.mp3"},
      {"evil\u202e3pm.exe", "evil3pm.exe"},
      {"\u2066a\u2069\u200e\u200f\u061c\ufeff\u200b\u00adb.mp3", "ab.mp3"},
      {"c1 \u0085\u009f.mp3", "c1.mp3"},
      {"三体 - 01 - 科学边界.mp3", "三体 - 01 - 科学边界.mp3"},
      {"👩‍🚀🚀.m4b", "👩‍🚀🚀.m4b"},
      {"Ελλάδα.mp3", "Ελλάδα.mp3"},
      {"a\xff\xc3(\xed\xa0\x80.mp3", "a__(___.mp3"},
      {"  two   spaces\t\u00a0\u3000.mp3", "two spaces.mp3"},
      {"100% & more; #1 $x.mp3", "100% & more; #1 $x.mp3"},
      {"a%41%fG%4%%2e.mp3", "a_41%fG%4%_2e.mp3"},
      {"no ending", "no ending"},
      {"ends in a dot.", "ends in a dot"},
      {"Mr. Norrell", "Mr. Norrell"},
      {"Vol. 1 ..mp3", "Vol. 1.mp3"},
      {".hidden.mp3", "hidden.mp3"},
      {"...mp3", "download.mp3"},
      {"", "download"},
      {" . ", "download"},
      {"\n", "download"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(SafeFileName(row.name) == row.safe);
    CHECK(SafeFileName(row.safe) == row.safe);
  }
}

TEST_CASE("SafeFileName: Windows' devices are files") {
  const Row rows[] = {
      {"CON", "_CON"},           {"con.mp3", "_con.mp3"},    {"Nul.tar.gz", "_Nul.tar.gz"},
      {"com1.mp3", "_com1.mp3"}, {"COM0", "_COM0"},          {"LPT9.x", "_LPT9.x"},
      {"COM¹.mp3", "_COM¹.mp3"}, {"CONIN$", "_CONIN$"},      {"AUX .mp3", "_AUX.mp3"},
      {"Prn .a.b", "_Prn .a.b"}, {"COM10.mp3", "COM10.mp3"}, {"CONTACT.mp3", "CONTACT.mp3"},
      {"COM.mp3", "COM.mp3"},    {"a CON.mp3", "a CON.mp3"}, {"LPT.1", "LPT.1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(SafeFileName(row.name) == row.safe);
  }
}

TEST_CASE("SafeFileName: a long title is cut before its ending, between characters") {
  const auto repeated = [](std::string_view what, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += what;
    return text;
  };
  CHECK(SafeFileName(repeated("x", 300) + ".mp3") == repeated("x", 226) + ".mp3");
  CHECK(SafeFileName(repeated("x", 226) + ".mp3") == repeated("x", 226) + ".mp3");
  CHECK(SafeFileName(repeated("体", 200) + ".mp3") == repeated("体", 75) + ".mp3");
  CHECK(SafeFileName(repeated("x", 225) + " y.mp3") == repeated("x", 225) + ".mp3");
  CHECK(SafeFileName(repeated("x", 220) + "👩\u200d🚀.mp3") == repeated("x", 220) + "👩.mp3");
  CHECK(SafeFileName(repeated("\xff", 5000)).size() == kMaxFileNameBytes);
  CHECK(SafeFileName(repeated("x.", 5000)).size() <= kMaxFileNameBytes);
}

// Whatever the bytes are.
TEST_CASE("SafeFileName: any bytes give UTF-8 that every system keeps") {
  uint32_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    std::string name;
    for (uint32_t length = state % 40; name.size() < length;) {
      state = state * 1664525 + 1013904223;
      name.push_back(static_cast<char>(state >> 24));
    }
    state = state * 1664525 + 1013904223;
    const std::string safe = SafeFileName(name);
    CAPTURE(name);
    CHECK_FALSE(safe.empty());
    CHECK(safe.find_first_of(std::string_view("\"*/:<>?\\|\r\n\0", 12)) == std::string::npos);
    CHECK(safe.find_last_not_of(". ") == safe.size() - 1);
    for (std::string_view rest = safe; !rest.empty();) {
      REQUIRE(Utf8Length(rest) > 0);
      rest.remove_prefix(Utf8Length(rest));
    }
    const std::string ascii = AsciiFileName(safe);
    CHECK(std::all_of(ascii.begin(), ascii.end(), [](char c) { return c >= ' ' && c < 0x7f; }));
  }
}

TEST_CASE("AsciiFileName: Latin letters lose their marks, all else is _") {
  const Row rows[] = {
      {"Émile – 2.mp3", "Emile - 2.mp3"},
      {"Straße, Ærø, Œuvre, Þór, Łódź, naïve.mp3", "Strasse, AEro, OEuvre, Thor, Lodz, naive.mp3"},
      {"e\u0301te\u0301.mp3", "ete.mp3"},
      {"L’été ‘x’.mp3", "L'ete 'x'.mp3"},
      {"三体.mp3", "__.mp3"},
      {"ſ×÷.mp3", "sx_.mp3"},
      {"plain.mp3", "plain.mp3"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(AsciiFileName(row.name) == row.safe);
  }
}

}  // namespace
}  // namespace audiodl
