// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/want.h"

#include <string>
#include <vector>

#include "tests/unit/cache/sample_object.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

Want SampleWant() {
  Want want;
  want.kind = WantKind::kBytes;
  want.store = 0x0102030405060708;
  want.offset = 262144;
  want.length = 4096;
  want.follower = 77;
  want.marker = -1700000000123456789;
  want.key = "prod/dune/01.mp3";
  return want;
}

TEST_CASE("Want: what is encoded is decoded") {
  for (const WantKind kind : {WantKind::kInfo, WantKind::kBytes, WantKind::kVerify,
                              WantKind::kRelease, WantKind::kTouch}) {
    Want want = SampleWant();
    want.kind = kind;
    const Result<Want> read = DecodeWant(EncodeWant(want));
    REQUIRE(read.ok());
    CHECK(read->kind == kind);
    CHECK(read->store == want.store);
    CHECK(read->offset == 262144);
    CHECK(read->length == 4096);
    CHECK(read->follower == 77);
    CHECK(read->marker == want.marker);
    CHECK(read->key == want.key);
  }
}

TEST_CASE("Want: keys of any bytes, up to the longest that S3 allows") {
  for (const std::string& key :
       {std::string("k"), std::string(1024, '\xff'), std::string("a\0b", 3),
        std::string("\xf0\x9f\x8e\xa7/\n\"%.mp3")}) {
    Want want = SampleWant();
    want.key = key;
    want.length = Want::kToTheEnd;
    const std::string datagram = EncodeWant(want);
    CHECK(datagram.size() <= kMaxWantBytes);
    const Result<Want> read = DecodeWant(datagram);
    REQUIRE(read.ok());
    CHECK(read->key == key);
    CHECK(read->length == Want::kToTheEnd);
  }
}

TEST_CASE("DecodeWant: garbage of every length is refused") {
  int taken = 0;
  for (size_t length = 0; length <= 3000; ++length) {
    for (const char fill : {'\0', '\xff', 'A'}) {
      taken += DecodeWant(std::string(length, fill)).ok() ? 1 : 0;
    }
    taken += DecodeWant(SampleBytes(length, length)).ok() ? 1 : 0;
  }
  CHECK(taken == 0);
}

TEST_CASE("DecodeWant: every cut and every surplus is refused") {
  const std::string whole = EncodeWant(SampleWant());
  int taken = 0;
  for (size_t length = 0; length < whole.size(); ++length) {
    taken += DecodeWant(std::string_view(whole).substr(0, length)).ok() ? 1 : 0;
  }
  for (size_t surplus = 1; surplus < 2000; ++surplus) {
    taken += DecodeWant(whole + std::string(surplus, 'x')).ok() ? 1 : 0;
  }
  CHECK(taken == 0);
}

TEST_CASE(
    "DecodeWant: no byte of the head can be wrong and crash, and version and kind are checked") {
  const std::string whole = EncodeWant(SampleWant());
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(value);
      const Result<Want> read = DecodeWant(damaged);
      if (damaged[at] != whole[at] && at < 4 && read.ok())
        FAIL("a want of another version was taken");
      if (at == 4 && read.ok() && (value < 1 || value > 5)) FAIL("an unknown kind was taken");
    }
  }
  SUCCEED();
}

TEST_CASE("DecodeWant: a want without a key, or with one that S3 would not take, is refused") {
  Want want = SampleWant();
  want.key.clear();
  CHECK(DecodeWant(EncodeWant(want)).status().code() == Code::kInvalid);
}

}  // namespace
}  // namespace audiodl
