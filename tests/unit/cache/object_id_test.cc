// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/object_id.h"

#include <set>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// printf 's3://books\nprod/dune/01.mp3' | sha256sum
constexpr std::string_view kKnown =
    "aeb15df6b9d20d8a4a3653c7b55177a16380d74cf2a925ef08769be67cc8b331";

TEST_CASE("ObjectId: the SHA-256 of identity, line feed and key") {
  const ObjectId id = ObjectId::Of("s3://books", "prod/dune/01.mp3");
  CHECK(id.Hex() == kKnown);
  CHECK(id.RelativePath() == "ae/" + std::string(kKnown));
}

TEST_CASE("ObjectId: Prefix is the first eight bytes, the same in every process") {
  CHECK(ObjectId::Of("s3://books", "prod/dune/01.mp3").Prefix() == 0x8a0dd2b9f65db1aeu);
}

TEST_CASE("ObjectId: identity and key do not run into each other") {
  const std::set<ObjectId> ids = {ObjectId::Of("s3://a", "b/c"),  ObjectId::Of("s3://a/b", "c"),
                                  ObjectId::Of("s3://a", "b/C"),  ObjectId::Of("s3://a\n", "b/c"),
                                  ObjectId::Of("s3://a", "b/c "), ObjectId::Of("s3://ab", "/c")};
  CHECK(ids.size() == 6);
}

TEST_CASE("ObjectId: keys with every kind of byte give a plain name") {
  for (const std::string_view key : {"", "..", "a/../../b", "\xff\x01", "\xf0\x9f\x8e\xa7"}) {
    const std::string path = ObjectId::Of("file://", key).RelativePath();
    INFO(path);
    CHECK(path.size() == 67);
    CHECK(path.find_first_not_of("0123456789abcdef/") == std::string::npos);
    CHECK(path.substr(0, 2) == path.substr(3, 2));
  }
}

}  // namespace
}  // namespace audiodl
