// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_wrapper.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::string_literals;

// "=text", or the refusal.
std::string Unwrapped(SessionWrapper wrapper, std::string_view text) {
  const Result<std::string> inner = Unwrap(wrapper, text);
  if (inner.ok()) return "=" + *inner;
  CHECK(inner.status().code() == Code::kInvalid);
  return inner.status().text();
}

TEST_CASE("SessionWrapper: base64 as RFC 4648 has it, with its padding or without") {
  struct Case {
    std::string_view text;
    std::string expected;
  };
  const Case cases[] = {
      // RFC 4648, section 10.
      {"", "="},
      {"Zg==", "=f"},
      {"Zm8=", "=fo"},
      {"Zm9v", "=foo"},
      {"Zm9vYg==", "=foob"},
      {"Zm9vYmE=", "=fooba"},
      {"Zm9vYmFy", "=foobar"},
      {"Zg", "=f"},
      {"Zm9vYmE", "=fooba"},
      {"+/+/AA==", "=\xFB\xFF\xBF\0"s},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(Unwrapped(SessionWrapper::kBase64, c.text) == c.expected);
  }
}

TEST_CASE("SessionWrapper: what base64_encode() would not write is refused") {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  const Case cases[] = {
      {"Z", "base64 byte 1: expected one more character"},
      {"Zm9vY", "base64 byte 5: expected one more character"},
      {"Zh==", "base64 byte 1: expected a last character without bits that mean nothing"},
      {"Zm9=", "base64 byte 2: expected a last character without bits that mean nothing"},
      {"Zg=", "base64 byte 2: expected padding to a multiple of four"},
      {"Zm9v=", "base64 byte 4: expected padding to a multiple of four"},
      {"Zm9v====", "base64 byte 4: expected a character of base64"},
      {"====", "base64 byte 0: expected a character of base64"},
      {"=", "base64 byte 0: expected padding to a multiple of four"},
      {"Zg==Zg==", "base64 byte 2: expected a character of base64"},
      {"Zm9v\n", "base64 byte 4: expected a character of base64"},
      {"Zm 9v", "base64 byte 2: expected a character of base64"},
      {"Zm9-", "base64 byte 3: expected a character of base64"},
      {"Zm9_", "base64 byte 3: expected a character of base64"},
      {"Zm9\xFF", "base64 byte 3: expected a character of base64"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(Unwrapped(SessionWrapper::kBase64, c.text) == c.expected);
  }
}

TEST_CASE("SessionWrapper: url as urlencode() and rawurlencode() write it") {
  struct Case {
    std::string_view text;
    std::string expected;
  };
  const Case cases[] = {
      {"", "="},
      {"customer_id%7Ci%3A5%3B", "=customer_id|i:5;"},
      {"a+b", "=a b"},
      {"a%20b%2Bc", "=a b+c"},
      {"-_.~09azAZ", "=-_.~09azAZ"},
      {"%00%FF%C3%BC", "=\0\xFF\xC3\xBC"s},
      {"%41", "=A"},
      {"%2541", "=%41"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(Unwrapped(SessionWrapper::kUrl, c.text) == c.expected);
  }
}

TEST_CASE("SessionWrapper: what urlencode() would not write is refused") {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  const Case cases[] = {
      {"%", "url byte 0: expected '%' and two upper-case hexadecimal digits"},
      {"ab%7", "url byte 2: expected '%' and two upper-case hexadecimal digits"},
      {"%7c", "url byte 0: expected '%' and two upper-case hexadecimal digits"},
      {"%G0", "url byte 0: expected '%' and two upper-case hexadecimal digits"},
      {"%%41", "url byte 0: expected '%' and two upper-case hexadecimal digits"},
      {"a|b", "url byte 1: expected a character that urlencode() leaves as it is"},
      {"a b", "url byte 1: expected a character that urlencode() leaves as it is"},
      {"a\n", "url byte 1: expected a character that urlencode() leaves as it is"},
      {"\xC3\xBC", "url byte 0: expected a character that urlencode() leaves as it is"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(Unwrapped(SessionWrapper::kUrl, c.text) == c.expected);
  }
  CHECK(Unwrapped(SessionWrapper::kUrl, std::string_view("a\0b", 3)) ==
        "url byte 1: expected a character that urlencode() leaves as it is");
}

}  // namespace
}  // namespace audiodl
