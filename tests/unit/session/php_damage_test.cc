// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Sessions as real PHP 8.2 wrote them, then damaged in every way that one byte allows.

#include <string>
#include <string_view>

#include "tests/unit/catch.h"
#include "tests/unit/session/decode.h"

namespace audiodl {
namespace {

using namespace std::string_view_literals;

struct Sample {
  PhpHandler handler;
  std::string_view session;  // the customer comes last
};

constexpr Sample kSamples[] = {
    {PhpHandler::kPhp,
     "pipe|s:10:\"a|b:c;\"d}e\";n|a:2:{s:1:\"k\";a:1:{i:0;s:3:\"x|y\";}i:-4;d:0.1;}"
     "o|O:4:\"User\":2:{s:8:\"\0User\0pw\";s:3:\"x\"}\";s:5:\"\0*\0id\";i:1;}e|E:8:\"Plan:Pro\";"
     "f|d:-INF;t|b:1;z|N;again|r:6;alias|R:1;c|C:3:\"Bag\":5:{}}\"|;}customer_id|i:12345;"sv},
    {PhpHandler::kPhpBinary,
     "\4pipes:4:\"a|\"d\";\1na:1:{i:0;O:8:\"stdClass\":0:{}}\1rr:3;\xB"
     "customer_ids:5:\"12345\";"sv},
    {PhpHandler::kPhpSerialize,
     "a:3:{s:4:\"list\";a:2:{i:0;b:0;i:1;d:1.5E-7;}s:1:\"a\";R:4;s:11:\"customer_id\";i:12345;}"sv},
};

TEST_CASE("PhpSession: every truncation is refused") {
  for (const Sample& sample : kSamples) {
    CHECK(Decode(sample.handler, "customer_id", sample.session) == "=12345");
    for (size_t length = 0; length < sample.session.size(); ++length) {
      CAPTURE(sample.session, length);
      CHECK(Decode(sample.handler, "customer_id", sample.session.substr(0, length)) != "=12345");
    }
  }
}

TEST_CASE("PhpSession: truncated anywhere but between two variables it is malformed") {
  const std::string_view session = kSamples[0].session;
  int well_formed = 0;
  for (size_t length = 0; length < session.size(); ++length) {
    const std::string answer = Decode(session.substr(0, length));
    CAPTURE(length);
    CHECK((answer == "invalid" || answer == "not_found"));
    if (answer == "not_found") ++well_formed;
  }
  CHECK(well_formed == 11);  // empty, and after each of the ten variables before the customer
}

// Heap copies of the exact size, so that the address sanitizer sees a read past the end.
TEST_CASE("PhpSession: no change of one byte is read past its end") {
  for (const Sample& sample : kSamples) {
    for (size_t i = 0; i < sample.session.size(); ++i) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string damaged(sample.session);
        damaged[i] = static_cast<char>(byte);
        damaged.shrink_to_fit();
        const std::string answer = Decode(sample.handler, "customer_id", damaged);
        // The byte may be one of the customer's own.
        CHECK((answer == "invalid" || answer == "not_found" || answer.size() == 6));
      }
    }
  }
}

TEST_CASE("PhpSession: a length one too long or too short is refused") {
  for (const char* length : {"1", "3", "02", "+2", "-2", "2 ", " 2", "0x2", "2.0", "2e0"}) {
    CAPTURE(length);
    CHECK(Decode("v|s:" + std::string(length) + ":\"ab\";customer_id|i:5;") == "invalid");
  }
}

}  // namespace
}  // namespace audiodl
