// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The three serialize handlers.

#include "common/session/php_framing.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"
#include "tests/unit/session/decode.h"

namespace audiodl {
namespace {

TEST_CASE("PhpFraming: under php a name is everything up to the first '|'") {
  const auto read = [](std::string_view path, std::string_view session) {
    return Decode(PhpHandler::kPhp, path, session);
  };
  CHECK(read("a b;c}", "a b;c}|i:5;") == "=5");
  CHECK(read("", "|i:5;") == "=5");
  CHECK(read("\xC3\xBC", "\xC3\xBC|i:5;") == "=5");
  CHECK(read("a", "a||i:5;") == "invalid");
  CHECK(read("a", "a|") == "invalid");
  CHECK(read("a", "a") == "invalid");
  CHECK(read("a", "|") == "invalid");
}

TEST_CASE("PhpFraming: under php a leading '!' is part of a name") {
  CHECK(Decode(PhpHandler::kPhp, "!a", "!a|i:5;") == "=5");
  CHECK(Decode(PhpHandler::kPhp, "a", "!a|i:5;") == "not_found");
  // PHP 7.0's marker of a variable without a value.
  CHECK(Decode("!a|customer_id|i:5;") == "invalid");
}

TEST_CASE("PhpFraming: under php_binary a name has one byte of length") {
  const auto read = [](const std::string& session) {
    return Decode(PhpHandler::kPhpBinary, "id", session);
  };
  const std::string longest(127, 'n');
  CHECK(read("\x02"
             "idi:5;") == "=5");
  CHECK(read("\x01"
             "|i:1;\x02"
             "idi:5;") == "=5");
  CHECK(read("\x7F" + longest +
             "i:1;\x02"
             "idi:5;") == "=5");
  CHECK(read(std::string(1, '\0') + "i:1;\x02"
                                    "idi:5;") == "=5");
  CHECK(read("\x03"
             "idi:5;") == "invalid");
  CHECK(read("\x02"
             "id") == "invalid");
  CHECK(read("\x02"
             "i") == "invalid");
  CHECK(read("\x02") == "invalid");
  CHECK(read("\x82"
             "idi:5;") == "invalid");
  CHECK(read("\xFF") == "invalid");
  CHECK(read("id|i:5;") == "invalid");
  CHECK(read("") == "not_found");
}

TEST_CASE("PhpFraming: under php_serialize a session is one array and nothing else") {
  const auto read = [](std::string_view session) {
    return Decode(PhpHandler::kPhpSerialize, "id", session);
  };
  CHECK(read("a:1:{s:2:\"id\";i:5;}") == "=5");
  CHECK(read("a:2:{i:0;i:1;s:2:\"id\";i:5;}") == "=5");
  CHECK(read("a:0:{}") == "not_found");
  CHECK(read("") == "not_found");
  CHECK(read("a:1:{s:2:\"id\";i:5;} ") == "invalid");
  CHECK(read("a:1:{s:2:\"id\";i:5;}a:0:{}") == "invalid");
  CHECK(read("N;") == "invalid");
  CHECK(read("i:5;") == "invalid");
  CHECK(read("O:1:\"A\":1:{s:2:\"id\";i:5;}") == "invalid");
  CHECK(read("id|i:5;") == "invalid");
  CHECK(Decode(PhpHandler::kPhpSerialize, "7", "a:1:{i:7;i:5;}") == "=5");
}

TEST_CASE("PhpFraming: a variable named like an integer is not PHP's") {
  CHECK(Decode(PhpHandler::kPhp, "5", "5|i:7;") == "invalid");
  CHECK(Decode(PhpHandler::kPhpBinary, "5",
               "\x01"
               "5i:7;") == "invalid");
  CHECK(Decode(PhpHandler::kPhp, "05", "05|i:7;") == "=7");
  CHECK(Decode(PhpHandler::kPhp, "9223372036854775808", "9223372036854775808|i:7;") == "=7");
}

}  // namespace
}  // namespace audiodl
