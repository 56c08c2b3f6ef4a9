// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/customer_name.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::string_view_literals;

TEST_CASE("CustomerName: is short UTF-8 without control characters") {
  const std::string_view good[] = {
      "1",
      "a b",
      "J\xC3\xBCrgen",
      "\xC2\xA0",
      "\xED\x9F\xBF",
      "\xEE\x80\x80",
      "\xF0\x9F\x8E\xA7",
      "\xF4\x8F\xBF\xBF",
  };
  for (const std::string_view name : good) {
    CAPTURE(name);
    CHECK(IsCustomerName(name));
  }
  const std::string_view bad[] = {
      "",
      "\0"sv,
      "a\0"sv,
      "a\nb",
      "\x1F",
      "\x7F",
      "\xC2\x80",
      "\xC2\x9F",
      "\xC2",
      "\x80",
      "\xC0\x80",
      "\xE0\x80\x80",
      "\xED\xA0\x80",
      "\xF4\x90\x80\x80",
      "\xF5\x80\x80\x80",
      "\xFF",
      "a\xC3(",
  };
  for (const std::string_view name : bad) {
    CAPTURE(name);
    CHECK_FALSE(IsCustomerName(name));
  }
  CHECK(IsCustomerName(std::string(255, 'x')));
  CHECK_FALSE(IsCustomerName(std::string(256, 'x')));
}

}  // namespace
}  // namespace audiodl
