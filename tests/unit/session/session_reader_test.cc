// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_reader.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// "=5" for the customer 5, else the code's name.
std::string Decode(std::string_view format, std::string_view path, std::string_view column) {
  const SessionReader reader(SessionFormat::Parse(format).value(), path);
  const Result<std::string> customer = reader.Read(column);
  if (customer.ok()) return "=" + *customer;
  return std::string(CodeName(customer.status().code()));
}

TEST_CASE("SessionReader: every format, bare and wrapped") {
  struct Case {
    std::string_view format;
    std::string_view path;
    std::string_view column;
  };
  const Case cases[] = {
      {"php", "customer_id", "customer_id|i:5;"},
      {"php_binary", "customer_id",
       "\x0B"
       "customer_idi:5;"},
      {"php_serialize", "user/id", "a:1:{s:4:\"user\";a:1:{s:2:\"id\";i:5;}}"},
      {"json", "user/id", "{\"user\":{\"id\":5}}"},
      {"plain", "", "5"},
      {"base64 php", "customer_id", "Y3VzdG9tZXJfaWR8aTo1Ow=="},
      {"url php", "customer_id", "customer_id%7Ci%3A5%3B"},
      {"url base64 php", "customer_id", "Y3VzdG9tZXJfaWR8aTo1Ow%3D%3D"},
      {"base64 url php", "customer_id", "Y3VzdG9tZXJfaWQlN0NpJTNBNSUzQg=="},
      {"base64 json", "user/id", "eyJ1c2VyIjp7ImlkIjo1fX0="},
      {"base64 plain", "", "NQ=="},
      {"url plain", "", "5"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.format, c.column);
    CHECK(Decode(c.format, c.path, c.column) == "=5");
  }
}

TEST_CASE("SessionReader: wrappers come off in the order written, and only those") {
  CHECK(Decode("base64 url php", "customer_id", "Y3VzdG9tZXJfaWR8aTo1Ow%3D%3D") == "invalid");
  CHECK(Decode("base64 php", "customer_id", "customer_id|i:5;") == "invalid");
  CHECK(Decode("php", "customer_id", "Y3VzdG9tZXJfaWR8aTo1Ow==") == "invalid");
  CHECK(Decode("url php", "customer_id", "customer_id|i:5;") == "invalid");
  // Valid base64 of valid base64, of which one coat is said to be on.
  CHECK(Decode("base64 plain", "", "TlE9PQ==") == "=NQ==");
}

TEST_CASE("SessionReader: a plain column is the customer") {
  struct Case {
    std::string column;
    std::string expected;
  };
  const Case cases[] = {
      {"12345", "=12345"},
      {"007", "=007"},
      {"0", "=0"},
      {"J\xC3\xBCrgen O'Neill", "=J\xC3\xBCrgen O'Neill"},
      {"9f0c3b5e-7f5e-4f0a-9a53-0c6bb8b3f2f1", "=9f0c3b5e-7f5e-4f0a-9a53-0c6bb8b3f2f1"},
      {std::string(255, 'x'), "=" + std::string(255, 'x')},
      {"", "not_found"},
      {std::string(256, 'x'), "invalid"},
      {"5\n", "invalid"},
      {std::string("5\0", 2), "invalid"},
      {"\xFF", "invalid"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.column);
    CHECK(Decode("plain", "", c.column) == c.expected);
  }
}

TEST_CASE("SessionReader: a column that is too long is refused before it is unwrapped") {
  // Decodes to a session within its own bound, which "%41" would not be in any other way.
  std::string column = "customer_id%7Ci%3A5%3Bx%7Cs%3A1048544%3A%22";
  const size_t padding = 1048544;
  for (size_t i = 0; i < padding; ++i) column += "%41";
  column += "%22%3B";
  CHECK(column.size() <= SessionReader::kMaxColumnBytes);
  CHECK(Decode("url php", "customer_id", column) == "=5");
  CHECK(Decode("url php", "customer_id", std::string(SessionReader::kMaxColumnBytes + 1, 'A')) ==
        "invalid");
  // Within the column's bound, but not within its content's.
  CHECK(Decode("url php", "customer_id",
               "customer_id%7Ci%3A5%3B" + std::string(SessionReader::kMaxBytes, 'A')) == "invalid");
}

}  // namespace
}  // namespace audiodl
