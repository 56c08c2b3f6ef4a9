// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The grammar, value by value. Each is followed by the customer, so that a value that ends too
// early or too late shows.

#include "common/session/php_value_walker.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"
#include "tests/unit/session/decode.h"

namespace audiodl {
namespace {

using namespace std::string_view_literals;

std::string Before(std::string_view value) {
  return Decode("v|" + std::string(value) + "customer_id|i:5;");
}

TEST_CASE("PhpValueWalker: passes what PHP writes") {
  const std::string_view values[] = {
      "N;",
      "b:0;",
      "b:1;",
      "i:0;",
      "i:-1;",
      "i:9223372036854775807;",
      "i:-9223372036854775808;",
      "d:0;",
      "d:-0;",
      "d:0.1;",
      "d:1.0E+25;",
      "d:1.5E-7;",
      "d:-1.7976931348623157E+308;",
      "d:INF;",
      "d:-INF;",
      "d:NAN;",
      "d:.5;",
      "d:1.;",
      "d:+1e5;",
      "s:0:\"\";",
      "s:1:\"\"\";",
      "s:2:\"\";\";",
      "s:3:\"a\0b\";"sv,
      "a:0:{}",
      "a:2:{i:0;N;i:1;N;}",
      "a:1:{i:-5;a:1:{s:0:\"\";a:0:{}}}",
      "a:1:{s:3:\"a|b\";b:1;}",
      "O:8:\"stdClass\":0:{}",
      "O:8:\"App\\User\":1:{s:2:\"id\";i:7;}",
      "O:1:\"A\":1:{i:3;N;}",
      "O:1:\"A\":1:{s:2:\"\0x\";N;}"sv,
      "O:4:\"User\":2:{s:8:\"\0User\0pw\";s:1:\"x\";s:5:\"\0*\0id\";i:1;}"sv,
      "O:4:\"\xC3\x9C_1\":0:{}",
      "C:3:\"Bag\":0:{}",
      "C:3:\"Bag\":5:{}}\"|;}",
      "C:5:\"A\\B\\C\":1:{x}",
      "E:8:\"Plan:Pro\";",
      "E:12:\"App\\Plan:Pro\";",
  };
  for (const std::string_view value : values) {
    CAPTURE(value);
    CHECK(Before(value) == "=5");
  }
}

TEST_CASE("PhpValueWalker: refuses what PHP refuses") {
  const std::string_view values[] = {
      "",
      ";",
      "}",
      "x",
      "n;",
      "N",
      "N:;",
      "b:2;",
      "b:01;",
      "b:;",
      "b:true;",
      "B:1;",
      "i:;",
      "i:-;",
      "i:+;",
      "i: 1;",
      "i:1 ;",
      "i:0x1;",
      "i:1.0;",
      "i1;",
      "i:1",
      "d:;",
      "d:.;",
      "d:+;",
      "d:+INF;",
      "d:inf;",
      "d:nan;",
      "d:1e;",
      "d:1e+;",
      "d:1.2.3;",
      "d:e5;",
      "d:0x1p3;",
      "d: 1;",
      "d:1 ;",
      "d:-NAN;",
      "s:1:\"\";",
      "s:1:\"ab\";",
      "s:-1:\"\";",
      "s:1:'a';",
      "s:1:a;",
      "s:\"a\";",
      "s:1:\"a\"",
      "s:1 :\"a\";",
      "s:+1:\"a\";",
      "s:99999999:\"a\";",
      "a:1:{}",
      "a:0:{i:0;N;}",
      "a:-1:{}",
      "a:1:{i:0;}",
      "a:1:{i:0;N}",
      "a:1:{N;N;}",
      "a:1:{b:0;N;}",
      "a:1:{d:1;N;}",
      "a:1:{a:0:{}N;}",
      "a:1:{i:0;N;",
      "a:1:i:0;N;",
      "a:{}",
      "a::{}",
      "a:99999999:{}",
      "a:2:{i:0;N;}",
      "a:1:{i:0;N;i:1;N;}",
      "a:1:{R:1;N;}",
      "O:0:\"\":0:{}",
      "O:1:\"A\":1:{}",
      "O:1:\"A\"",
      "O:1:\"A\":0:",
      "O:1:\"A-\":0:{}",
      "O:2:\"A-\":0:{}",
      "O:2:\"\\A\":0:{}",
      "O:1:\"\0\":0:{}"sv,
      "O:1:\"A\":-1:{}",
      "O:1:\"A\":1:{b:0;N;}",
      "O:1:A:0:{}",
      "O:1:\"A\":1:{s:1:\"x\";}",
      "C:3:\"Bag\":1:{}",
      "C:3:\"Bag\":2:{x}",
      "C:3:\"Bag\":-1:{}",
      "C:3:\"Bag\":1:x",
      "C:0:\"\":0:{}",
      "C:3:\"Bag\":99999999:{x}",
      "E:3:\"Pro\";",
      "E:4:\"Plan\";",
      "E:0:\"\";",
      "E:8:\"Plan:Pro\"",
      "E:5:\":Pro\";",
      "E:9:\"Plan:Pro\";",
      "m:a:0:{}",
      "o:1:{}",
  };
  for (const std::string_view value : values) {
    CAPTURE(value);
    CHECK(Before(value) == "invalid");
  }
}

TEST_CASE("PhpValueWalker: refuses what PHP reads but never writes") {
  const std::string_view values[] = {
      "i:+1;",
      "i:007;",
      "i:-0;",
      "i:9223372036854775808;",
      "i:-9223372036854775809;",
      "i:99999999999999999999999999;",
      "a:1:{i:01;N;}",
      "a:1:{i:9223372036854775808;N;}",
      "S:1:\"a\";",
      "S:1:\"\\61\";",
      "a:1:{S:1:\"a\";N;}",
      // Lengths that would wrap around 32 or 64 bits to the right one.
      "s:4294967297:\"a\";",
      "s:18446744073709551617:\"a\";",
      "a:18446744073709551616:{}",
      "s:01:\"a\";",
      "O:1:\"A\"::{}",
      "O:1:\"A\":+0:{}",
      "O:2:\"1A\":0:{}",
      "O:2:\"A\\\":0:{}",
  };
  for (const std::string_view value : values) {
    CAPTURE(value);
    CHECK(Before(value) == "invalid");
  }
}

std::string Nested(int depth) {
  std::string value = "N;";
  for (int i = 0; i < depth; ++i) value = "a:1:{i:0;" + value + "}";
  return value;
}

TEST_CASE("PhpValueWalker: nesting is bounded") {
  CHECK(Before(Nested(PhpValueWalker::kMaxDepth)) == "=5");
  CHECK(Before(Nested(PhpValueWalker::kMaxDepth + 1)) == "invalid");
  std::string bottomless;
  for (int i = 0; i < 100000; ++i) bottomless += "a:1:{i:0;";
  CHECK(Before(bottomless) == "invalid");
  // One after another is not one in another.
  CHECK(Decode("a|" + Nested(60) + "b|" + Nested(60) + "customer_id|i:5;") == "=5");
}

std::string WithElements(size_t count) {
  std::string session = "v|a:" + std::to_string(count) + ":{";
  for (size_t i = 0; i < count; ++i) session += "i:" + std::to_string(i) + ";N;";
  return session + "}customer_id|i:5;";
}

TEST_CASE("PhpValueWalker: the number of values is bounded") {
  // Besides the elements there are the array and the customer.
  CHECK(Decode(WithElements(PhpValueWalker::kMaxElements - 2)) == "=5");
  CHECK(Decode(WithElements(PhpValueWalker::kMaxElements - 1)) == "invalid");
}

TEST_CASE("PhpValueWalker: a session's size is bounded") {
  const std::string rest = "customer_id|i:5;v|s:1000000:\"" + std::string(1000000, 'x') + "\";";
  CHECK(Decode(rest) == "=5");
  const size_t left = PhpSessionReader::kMaxBytes - rest.size();
  const std::string filler(left - std::string_view("w|s:12345:\"\";").size(), 'y');
  const std::string full = rest + "w|" + PhpString(filler);
  CHECK(full.size() == PhpSessionReader::kMaxBytes);
  CHECK(Decode(full) == "=5");
  CHECK(Decode(rest + "w|" + PhpString(filler + "y")) == "invalid");
}

}  // namespace
}  // namespace audiodl
