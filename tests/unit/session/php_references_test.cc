// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Back-references: which value has which number, and what must not be pointed to.

#include <string>
#include <string_view>

#include "tests/unit/catch.h"
#include "tests/unit/session/decode.h"

namespace audiodl {
namespace {

TEST_CASE("PhpReferences: a customer that is an alias is what it is an alias of") {
  CHECK(Decode("a|i:5;customer_id|R:1;") == "=5");
  CHECK(Decode("a|a:2:{s:2:\"id\";i:5;s:1:\"n\";N;}customer_id|R:2;") == "=5");
  CHECK(Decode("customer_id|i:5;a|R:1;") == "=5");
  CHECK(Decode("a|N;customer_id|R:1;") == "not_found");
  CHECK(Decode("a|a:0:{}customer_id|R:1;") == "invalid");
  CHECK(Decode("a|O:1:\"A\":0:{}customer_id|r:1;") == "invalid");
  CHECK(Decode(PhpHandler::kPhp, "u/id", "a|a:1:{s:2:\"id\";i:5;}u|R:1;") == "=5");
  CHECK(Decode(PhpHandler::kPhp, "u/me/me/id", "u|a:2:{s:2:\"id\";i:5;s:2:\"me\";R:1;}") == "=5");
}

TEST_CASE("PhpReferences: values are numbered in the order written, R: and keys are not") {
  // a=1 b=2 User=3 [1]=alias c=4 d=5
  const std::string session = "a|i:7;b|a:2:{i:0;O:4:\"User\":0:{}i:1;R:1;}c|r:3;d|i:9;customer_id|";
  CHECK(Decode(session + "R:1;") == "=7");
  CHECK(Decode(session + "R:5;") == "=9");
  CHECK(Decode(session + "R:4;") == "invalid");  // the User
  CHECK(Decode(session + "R:6;") == "invalid");  // nobody yet
  CHECK(Decode(session + "R:0;") == "invalid");
}

TEST_CASE("PhpReferences: under php_serialize the session itself is number 1") {
  const auto read = [](std::string_view elements) {
    return Decode(PhpHandler::kPhpSerialize, "customer_id", "a:2:{" + std::string(elements) + "}");
  };
  CHECK(read("s:1:\"a\";i:5;s:11:\"customer_id\";R:2;") == "=5");
  CHECK(read("s:11:\"customer_id\";i:5;s:1:\"a\";R:1;") == "invalid");
}

TEST_CASE("PhpReferences: r: points to objects only, and nothing points ahead") {
  struct Case {
    std::string_view values;
    std::string_view expected;
  };
  const Case cases[] = {
      {"a|O:1:\"A\":0:{}b|r:1;", "=5"},
      {"a|O:1:\"A\":1:{s:4:\"self\";r:1;}", "=5"},
      {"a|E:3:\"P:Q\";b|r:1;c|r:2;", "=5"},
      {"a|C:1:\"A\":0:{}b|r:1;", "=5"},
      {"a|i:1;b|r:1;", "invalid"},
      {"a|a:0:{}b|r:1;", "invalid"},
      {"a|r:1;", "invalid"},
      {"a|R:1;", "invalid"},
      {"a|O:1:\"A\":0:{}b|r:2;", "invalid"},
      {"a|O:1:\"A\":0:{}b|r:-1;", "invalid"},
      {"a|O:1:\"A\":0:{}b|r:4294967297;", "invalid"},
      {"a|O:1:\"A\":0:{}b|r:01;", "invalid"},
      {"a|a:1:{i:0;R:1;}", "=5"},
      {"a|a:1:{i:0;R:2;}", "invalid"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.values);
    CHECK(Decode(std::string(c.values) + "customer_id|i:5;") == c.expected);
  }
}

TEST_CASE("PhpReferences: a custom-serialized object counts as its class most likely counts") {
  const auto read = [](std::string_view bytes, std::string_view reference) {
    return Decode("a|i:7;b|C:3:\"Bag\":" + std::to_string(bytes.size()) + ":{" +
                  std::string(bytes) + "}c|O:1:\"C\":0:{}d|" + std::string(reference) +
                  "customer_id|i:5;");
  };
  // Bytes that are no value: a=1, the Bag is 2, c is 3.
  CHECK(read("x", "r:2;") == "=5");
  CHECK(read("x", "r:3;") == "=5");
  CHECK(read("x", "R:4;") == "invalid");
  CHECK(read("i:1;i:2;", "r:3;") == "=5");
  CHECK(read("a:1:{i:0;i:1;", "r:3;") == "=5");
  // One value of two: c is 5.
  CHECK(read("a:1:{i:0;i:1;}", "r:5;") == "=5");
  CHECK(read("a:1:{i:0;i:1;}", "r:3;") == "invalid");
  CHECK(read("a:1:{i:0;i:1;}", "R:6;") == "invalid");
  CHECK(read("a:1:{i:0;R:1;}", "r:4;") == "=5");
}

TEST_CASE("PhpReferences: a customer whose number is not certain is refused") {
  const std::string bag = "a|i:7;b|C:3:\"Bag\":1:{x}c|i:8;customer_id|";
  CHECK(Decode(bag + "R:1;") == "=7");
  CHECK(Decode(bag + "R:3;") == "invalid");
  CHECK(Decode(PhpHandler::kPhp, "customer_id/0",
               "b|C:3:\"Bag\":1:{x}c|a:1:{i:0;i:8;}customer_id|R:2;") == "invalid");
}

TEST_CASE("PhpReferences: custom-serialized objects in each other are bounded") {
  std::string session = "x";
  for (int i = 0; i < 1000; ++i) {
    session = "C:1:\"A\":" + std::to_string(session.size()) + ":{" + session + "}";
  }
  CHECK(Decode("a|" + session + "customer_id|i:5;") == "=5");
}

TEST_CASE("PhpReferences: a key that occurs twice makes references ambiguous") {
  // PHP 8.2 reads this as 7: the second value took the first one's place.
  CHECK(Decode("b|a:2:{i:0;i:4;i:0;i:7;}customer_id|R:2;") == "invalid");
  CHECK(Decode("b|a:2:{i:0;O:1:\"A\":0:{}s:1:\"0\";i:7;}c|r:2;customer_id|i:5;") == "invalid");
  CHECK(Decode("b|a:2:{i:0;i:4;i:0;i:7;}customer_id|i:5;") == "=5");
  CHECK(Decode("b|a:2:{i:0;i:4;i:1;i:7;}customer_id|R:2;") == "=4");
}

}  // namespace
}  // namespace audiodl
