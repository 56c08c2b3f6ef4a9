// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What stands under the customer's key, and how the key is found.

#include "common/session/php_session.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"
#include "tests/unit/session/decode.h"

namespace audiodl {
namespace {

TEST_CASE("PhpSession: the customer is an integer or a string") {
  struct Case {
    std::string value;
    std::string expected;
  };
  const Case cases[] = {
      {"i:12345;", "=12345"},
      {"i:0;", "=0"},
      {"i:-7;", "=-7"},
      {"i:9223372036854775807;", "=9223372036854775807"},
      {"i:-9223372036854775808;", "=-9223372036854775808"},
      {PhpString("12345"), "=12345"},
      {PhpString("007"), "=007"},
      {PhpString("0"), "=0"},
      {PhpString("J\xC3\xBCrgen O'Neill|1;}\""), "=J\xC3\xBCrgen O'Neill|1;}\""},
      {PhpString(std::string(255, 'x')), "=" + std::string(255, 'x')},
      {PhpString(std::string(256, 'x')), "invalid"},
      {PhpString("a\nb"), "invalid"},
      {PhpString(std::string("a\0b", 3)), "invalid"},
      {PhpString("\xFF"), "invalid"},
      {PhpString(""), "not_found"},
      {"N;", "not_found"},
      {"b:0;", "not_found"},
      {"b:1;", "invalid"},
      {"d:5;", "invalid"},
      {"a:0:{}", "invalid"},
      {"a:1:{i:0;i:5;}", "invalid"},
      {"O:4:\"User\":1:{s:2:\"id\";i:5;}", "invalid"},
      {"E:8:\"Plan:Pro\";", "invalid"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(Decode("customer_id|" + c.value) == c.expected);
    CHECK(Decode(PhpHandler::kPhpBinary, "customer_id",
                 "\x0B"
                 "customer_id" +
                     c.value) == c.expected);
    CHECK(Decode(PhpHandler::kPhpSerialize, "customer_id",
                 "a:1:{s:11:\"customer_id\";" + c.value + "}") == c.expected);
  }
}

TEST_CASE("PhpSession: a session without the key is no fault") {
  CHECK(Decode("") == "not_found");
  CHECK(Decode("cart|a:0:{}") == "not_found");
  CHECK(Decode("Customer_id|i:5;") == "not_found");
  CHECK(Decode("customer_id2|i:5;") == "not_found");
  CHECK(Decode("x|a:1:{s:11:\"customer_id\";i:5;}") == "not_found");
}

TEST_CASE("PhpSession: a string holding separators is skipped by its length") {
  const std::string trap = "x\";customer_id|i:666;}\"|";
  CHECK(Decode("note|" + PhpString(trap) + "customer_id|i:5;") == "=5");
  CHECK(Decode("customer_id|i:5;note|" + PhpString(trap)) == "=5");
  CHECK(Decode("note|" + PhpString("customer_id|i:666;")) == "not_found");
  CHECK(Decode("a|a:1:{" + PhpString(trap) + PhpString(trap) + "}customer_id|i:5;") == "=5");
}

TEST_CASE("PhpSession: lengths are bytes, not characters") {
  CHECK(Decode("name|s:7:\"J\xC3\xBCrgen\";customer_id|i:5;") == "=5");
  CHECK(Decode("name|s:6:\"J\xC3\xBCrgen\";customer_id|i:5;") == "invalid");
}

TEST_CASE("PhpSession: the last of two equal keys wins, as in PHP") {
  CHECK(Decode("customer_id|i:5;customer_id|i:6;") == "=6");
  CHECK(Decode("customer_id|i:5;customer_id|N;") == "not_found");
  const auto nested = [](std::string_view elements) {
    return Decode(PhpHandler::kPhp, "u/7", "u|a:2:{" + std::string(elements) + "}");
  };
  CHECK(nested("i:7;i:1;i:7;i:2;") == "=2");
  CHECK(nested("i:7;i:1;s:1:\"7\";i:2;") == "=2");
  CHECK(nested("s:1:\"7\";i:1;i:7;i:2;") == "=2");
  CHECK(nested("i:7;i:1;s:2:\"07\";i:2;") == "=1");
  CHECK(Decode(PhpHandler::kPhp, "u/id", "u|a:1:{s:2:\"id\";i:1;}u|a:1:{s:2:\"no\";i:2;}") ==
        "not_found");
}

TEST_CASE("PhpSession: a path leads through arrays, however deep") {
  const std::string_view symfony =
      "_sf2_attributes|a:2:{s:7:\"user_id\";i:42;s:1:\"l\";a:2:{i:0;s:1:\"a\";i:-3;s:1:\"b\";}}"
      "_sf2_meta|a:3:{s:1:\"u\";i:1700000000;s:1:\"c\";i:1700000000;s:1:\"l\";i:0;}";
  const auto read = [&](std::string_view path) { return Decode(PhpHandler::kPhp, path, symfony); };
  CHECK(read("_sf2_attributes/user_id") == "=42");
  CHECK(read("_sf2_attributes/l/0") == "=a");
  CHECK(read("_sf2_attributes/l/-3") == "=b");
  CHECK(read("_sf2_attributes/l/1") == "not_found");
  CHECK(read("_sf2_attributes/nobody/id") == "not_found");
  CHECK(read("_sf2_attributes/user_id/x") == "invalid");
  CHECK(read("_sf2_attributes") == "invalid");
  CHECK(read("nowhere/user_id") == "not_found");
  CHECK(read("") == "not_found");
}

TEST_CASE("PhpSession: nobody on the way means not logged in, an object is refused") {
  const auto read = [](std::string_view value) {
    return Decode(PhpHandler::kPhp, "user/id", "user|" + std::string(value));
  };
  CHECK(read("N;") == "not_found");
  CHECK(read("b:0;") == "not_found");
  CHECK(read("s:0:\"\";") == "not_found");
  CHECK(read("b:1;") == "invalid");
  CHECK(read("s:2:\"id\";") == "invalid");
  CHECK(read("O:4:\"User\":1:{s:2:\"id\";i:5;}") == "invalid");
}

TEST_CASE("PhpSession: a fault anywhere means that there is no session") {
  CHECK(Decode("customer_id|i:5;cart|a:1:{i:0;s:3:\"ab\";}") == "invalid");
  CHECK(Decode("customer_id|i:5;x") == "invalid");
  CHECK(Decode("customer_id|i:5;\n") == "invalid");
  CHECK(Decode("\ncustomer_id|i:5;") == "not_found");  // another variable's name
}

TEST_CASE("PhpSession: the text says where and what was expected, and repeats nothing") {
  const auto text = [](std::string_view session) {
    return PhpSessionReader(PhpHandler::kPhp, "customer_id").Read(session).status().text();
  };
  CHECK(text("a|i:5;b|x:secret;") == "session byte 8: expected a value");
  CHECK(text("a|s:6:\"secre\";") == "session byte 13: expected \"");
  CHECK(text("customer_id|d:1.5;") ==
        "session byte 12: expected the customer as an integer or a string");
  CHECK(text("a|i:5;") == "the session is well-formed but names no customer");
}

}  // namespace
}  // namespace audiodl
