// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/json_session.h"

#include <string>
#include <string_view>

#include "common/base/json.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// "=5" for the customer 5, else the code's name.
std::string Decode(std::string_view path, std::string_view session) {
  const Result<std::string> customer = JsonSessionReader(path).Read(session);
  if (customer.ok()) return "=" + *customer;
  return std::string(CodeName(customer.status().code()));
}

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST_CASE("JsonSession: the customer is an integer or a string") {
  struct Case {
    std::string value;
    std::string expected;
  };
  const Case cases[] = {
      {"5", "=5"},
      {"0", "=0"},
      {"-7", "=-7"},
      {"9223372036854775807", "=9223372036854775807"},
      {"-9223372036854775808", "=-9223372036854775808"},
      {"\"007\"", "=007"},
      {R"("J\u00fcrgen")", "=J\xC3\xBCrgen"},
      {"\"" + std::string(255, 'x') + "\"", "=" + std::string(255, 'x')},
      {"null", "not_found"},
      {"false", "not_found"},
      {"\"\"", "not_found"},
      {"true", "invalid"},
      {"5.0", "invalid"},
      {"5e0", "invalid"},
      {"-0", "=0"},
      {"9223372036854775808", "invalid"},
      {"18446744073709551621", "invalid"},
      {"[]", "invalid"},
      {"[5]", "invalid"},
      {"{}", "invalid"},
      {"\"" + std::string(256, 'x') + "\"", "invalid"},
      {R"("a\nb")", "invalid"},
      {R"("a\u0000b")", "invalid"},
      {R"("\ud800")", "invalid"},
      {"\"\xFF\"", "invalid"},
      {"05", "invalid"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(Decode("customer_id", "{\"customer_id\":" + c.value + "}") == c.expected);
  }
}

TEST_CASE("JsonSession: the key leads through objects and lists") {
  struct Case {
    std::string_view session;
    std::string_view expected;
  };
  const Case cases[] = {
      {R"({"user":{"id":5}})", "=5"},
      {R"({"note":"\"id\":6","user":{"name":"x","id":5},"id":7})", "=5"},
      {R"({"user":{}})", "not_found"},
      {R"({})", "not_found"},
      {R"({"user":null})", "not_found"},
      {R"({"user":false})", "not_found"},
      {R"({"user":""})", "not_found"},
      {R"({"user":"x"})", "invalid"},
      {R"({"user":5})", "invalid"},
      {R"({"user":[{"id":5}]})", "not_found"},
      {R"({"user":[]})", "not_found"},
      {R"([])", "not_found"},
      {R"([{"user":{"id":5}}])", "not_found"},
      {R"({"user":true})", "invalid"},
      {R"({"user":{"id":5},"user":{"id":6}})", "invalid"},
      {R"({"user":{"id":5,"id":5}})", "invalid"},
      {R"({"user":{"id":5},"more":{"a":1,"a":1}})", "invalid"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.session);
    CHECK(Decode("user/id", c.session) == c.expected);
  }
}

TEST_CASE("JsonSession: a list's elements have PHP's names") {
  const std::string_view session = R"({"users":[{"id":5},{"id":6}]})";
  CHECK(Decode("users/0/id", session) == "=5");
  CHECK(Decode("users/1/id", session) == "=6");
  for (const char* const path : {"users/2/id", "users/00/id", "users/-1/id", "users/+0/id",
                                 "users/18446744073709551616/id", "users/id"}) {
    CAPTURE(path);
    CHECK(Decode(path, session) == "not_found");
  }
  CHECK(Decode("users/0", session) == "invalid");
}

TEST_CASE("JsonSession: a fault anywhere is no session") {
  const std::string_view session = R"({"customer_id":5,"cart":[1,{"x":"y"}],"z":null})";
  REQUIRE(Decode("customer_id", session) == "=5");
  for (size_t length = 0; length < session.size(); ++length) {
    CAPTURE(length);
    CHECK(Decode("customer_id", session.substr(0, length)) == "invalid");
  }
  for (const char* const other : {"", "5", "null", "\"x\"", "true", "{\"customer_id\":5}x",
                                  "{\"customer_id\":5,}", "{'customer_id':5}", "{customer_id:5}",
                                  "{\"customer_id\":5}{}", "\xEF\xBB\xBF{\"customer_id\":5}"}) {
    CAPTURE(other);
    CHECK(Decode("customer_id", other) == "invalid");
  }
}

TEST_CASE("JsonSession: the bounds hold, and the last session within them is read") {
  const std::string head = "{\"customer_id\":5,\"x\":";
  const auto size_of = [&](size_t text) { return head + "\"" + std::string(text, 'x') + "\"}"; };
  const size_t most = JsonSessionReader::kMaxBytes - head.size() - 3;
  CHECK(Decode("customer_id", size_of(most)) == "=5");
  CHECK(Decode("customer_id", size_of(most + 1)) == "invalid");

  // The object, the customer and the array are values too.
  const auto values = [&](size_t count) { return head + "[1" + Repeat(",1", count - 1) + "]}"; };
  CHECK(Decode("customer_id", values(JsonSessionReader::kMaxValues - 3)) == "=5");
  CHECK(Decode("customer_id", values(JsonSessionReader::kMaxValues - 2)) == "invalid");

  const auto nested = [&](size_t depth) {
    return head + Repeat("[", depth) + Repeat("]", depth) + "}";
  };
  CHECK(Decode("customer_id", nested(Json::kMaxDepth - 1)) == "=5");
  CHECK(Decode("customer_id", nested(Json::kMaxDepth)) == "invalid");
}

TEST_CASE("JsonSession: no refusal repeats what is in the session") {
  for (const char* const session :
       {"{\"customer_id\":1.5,\"token\":\"SECRET\"}", "{\"SECRET\":tru}",
        "{\"customer_id\":[\"SECRET\"]}", "\"SECRET\"", "{\"SECRET\":1,\"SECRET\":1}",
        "{\"customer_id\":\"SECRET\\n\"}"}) {
    const Result<std::string> customer = JsonSessionReader("customer_id").Read(session);
    REQUIRE_FALSE(customer.ok());
    CHECK(customer.status().text().find("SECRET") == std::string::npos);
  }
}

}  // namespace
}  // namespace audiodl
