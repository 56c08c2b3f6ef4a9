// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/prefix_digest.h"

#include <algorithm>
#include <random>

#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr uint64_t kSize = 6 * kBlockBytes + 33;

struct Fixture {
  explicit Fixture(DigestKind kind) {
    REQUIRE(PrepareCacheDir(dir.path()).ok());
    ObjectHeader header = SampleHeader(kSize);
    header.digest_kind = kind;
    Md5 md5;
    md5.Update(object);
    const Md5Bytes md5_bytes = md5.Final();
    if (kind == DigestKind::kMd5)
      std::copy(md5_bytes.begin(), md5_bytes.end(), header.digest.begin());
    if (kind == DigestKind::kSha256) header.digest = Sha256Of(object);
    file = CacheWriter::Create(dir.path(), SampleId(), header, 0).value();
  }

  TempDir dir;
  const std::string object = SampleBytes(kSize);
  std::unique_ptr<CacheWriter> file;
};

// Takes in all that is there; nothing is left to take in then.
void Follow(PrefixDigest& digest, std::optional<uint64_t> held = std::nullopt) {
  REQUIRE(digest.Take(digest.Ready(held, 100)).ok());
  CHECK(digest.Ready(held, 100) == 0);
}

TEST_CASE("PrefixDigest: follows blocks that come in any order, and agrees at the end") {
  for (const DigestKind kind : {DigestKind::kMd5, DigestKind::kSha256}) {
    Fixture fixture(kind);
    PrefixDigest digest(*fixture.file);
    std::vector<uint64_t> order = {0, 1, 2, 3, 4, 5, 6};
    std::shuffle(order.begin(), order.end(), std::mt19937(7));
    for (const uint64_t block : order) {
      CHECK_FALSE(digest.done());
      REQUIRE(PutBlock(*fixture.file, fixture.object, block).ok());
      Follow(digest);
    }
    CHECK(digest.done());
    CHECK(digest.Check().ok());
  }
}

TEST_CASE("PrefixDigest: takes in a held block though it has no mark") {
  Fixture fixture(DigestKind::kMd5);
  PrefixDigest digest(*fixture.file);
  for (uint64_t block = 0; block < 7; ++block) {
    if (block != 3) REQUIRE(PutBlock(*fixture.file, fixture.object, block).ok());
  }
  Follow(digest);
  CHECK_FALSE(digest.done());
  REQUIRE(fixture.file->Write(3 * kBlockBytes, BlockOf(fixture.object, 3)).ok());
  Follow(digest, 3);
  CHECK(digest.done());
  CHECK(digest.Check().ok());
}

TEST_CASE("PrefixDigest: works in steps, and says whether there is more") {
  Fixture fixture(DigestKind::kMd5);
  REQUIRE(PutAll(*fixture.file, fixture.object).ok());
  PrefixDigest digest(*fixture.file);
  for (const uint64_t ready : {3, 3, 1}) {
    CHECK_FALSE(digest.done());
    CHECK(digest.Ready(std::nullopt, 3) == ready);
    REQUIRE(digest.Take(ready).ok());
  }
  CHECK(digest.Ready(std::nullopt, 3) == 0);
  CHECK(digest.done());
  CHECK(digest.Check().ok());
}

TEST_CASE("PrefixDigest: one wrong byte anywhere is found, as it stands on the disk") {
  for (const DigestKind kind : {DigestKind::kMd5, DigestKind::kSha256}) {
    for (const uint64_t at : {uint64_t{0}, 2 * kBlockBytes + 5, kSize - 1}) {
      Fixture fixture(kind);
      REQUIRE(PutAll(*fixture.file, fixture.object).ok());
      const char wrong = static_cast<char>(fixture.object[at] ^ 0x20);
      REQUIRE(fixture.file->Write(at, {&wrong, 1}).ok());
      PrefixDigest digest(*fixture.file);
      Follow(digest);
      REQUIRE(digest.done());
      CHECK(digest.Check().code() == Code::kCorrupt);
    }
  }
}

TEST_CASE("PrefixDigest: nothing to check is done at once") {
  Fixture fixture(DigestKind::kNone);
  PrefixDigest digest(*fixture.file);
  CHECK(digest.done());
  CHECK(digest.Ready(std::nullopt, 1) == 0);
  CHECK(digest.Check().ok());
}

}  // namespace
}  // namespace audiodl
