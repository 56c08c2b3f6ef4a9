// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/digest.h"

#include <utility>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Digest: SHA-256 of FIPS 180-4's examples") {
  CHECK(HexEncode(Sha256Of("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(HexEncode(Sha256Of("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HexEncode(Sha256Of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("Digest: MD5 of RFC 1321's examples") {
  CHECK(HexEncode(Md5().Final()) == "d41d8cd98f00b204e9800998ecf8427e");
  Md5 digest;
  digest.Update("message digest");
  CHECK(HexEncode(digest.Final()) == "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("Digest: pieces of any length give the digest of the whole") {
  const std::string text(1000, 'a');
  for (const size_t piece : {1u, 63u, 64u, 65u, 999u, 1000u}) {
    Sha256 digest;
    for (size_t at = 0; at < text.size(); at += piece) digest.Update(text.substr(at, piece));
    digest.Update("");
    CHECK(digest.Final() == Sha256Of(text));
  }
}

TEST_CASE("Digest: a moved one goes on where it was") {
  Sha256 first;
  first.Update("a");
  Sha256 second = std::move(first);
  second.Update("b");
  Sha256 third;
  third = std::move(second);
  third.Update("c");
  CHECK(third.Final() == Sha256Of("abc"));
}

TEST_CASE("HmacSha256: RFC 4231's test cases") {
  CHECK(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(HexEncode(HmacSha256(std::string(131, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("HmacSha256: an empty key is a key, not the one before") {
  HmacSha256("another key", "x");
  CHECK(HexEncode(HmacSha256({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

}  // namespace
}  // namespace audiodl
