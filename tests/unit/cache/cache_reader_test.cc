// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "common/cache/cache_writer.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

class Cache {
 public:
  explicit Cache(uint64_t size) {
    REQUIRE(PrepareCacheDir(dir_.path()).ok());
    auto created = CacheWriter::Create(dir_.path(), SampleId(), SampleHeader(size), 7);
    REQUIRE(created.ok());
    writer_ = std::move(created).value();
  }

  CacheWriter& writer() { return *writer_; }
  std::string path() const { return dir_.Of(SampleId().RelativePath()); }
  Status Open(CacheReader& reader) const {
    return reader.Open(path().c_str(), kSampleOrigin, kSampleKey);
  }

 private:
  TempDir dir_;
  std::unique_ptr<CacheWriter> writer_;
};

TEST_CASE("CacheReader: tells what the header holds") {
  const Cache cache(600000);
  CacheReader reader;
  CHECK_FALSE(reader.is_open());
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.is_open());
  CHECK_FALSE(reader.complete());
  CHECK(reader.header().size == 600000);
  CHECK(reader.header().key == kSampleKey);
  CHECK(reader.header().content_type == "audio/mpeg");
  CHECK(reader.header().last_modified == 1700000000);
  CHECK(reader.header().boot_id == CurrentBootId());
  CHECK(reader.marker() == 7);
}

TEST_CASE("CacheReader: FilledFrom for every set of blocks and offsets around their borders") {
  constexpr uint64_t kBlocks = 5;
  constexpr uint64_t kSize = 4 * kBlockBytes + 77;
  int wrong = 0;
  for (unsigned set = 0; set < 1 << kBlocks; ++set) {
    Cache cache(kSize);
    for (uint64_t block = 0; block < kBlocks; ++block) {
      if (set >> block & 1) REQUIRE(cache.writer().MarkBlock(block, set).ok());
    }
    CacheReader reader;
    REQUIRE(cache.Open(reader).ok());
    uint64_t there = 0;
    for (uint64_t block = 0; block < kBlocks; ++block) {
      const uint64_t begin = block * kBlockBytes;
      const uint64_t end = std::min(begin + kBlockBytes, kSize);
      if (set >> block & 1) there += end - begin;
      uint64_t gap = block;
      while (gap < kBlocks && (set >> gap & 1)) ++gap;
      const uint64_t filled_to = std::min(gap * kBlockBytes, kSize);
      for (const uint64_t offset : {begin, begin + 1, begin + 76, end - 1}) {
        const uint64_t expected = filled_to > offset ? filled_to - offset : 0;
        wrong += reader.FilledFrom(offset).value() == expected ? 0 : 1;
      }
    }
    wrong += reader.FilledBytes().value() == there ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("CacheReader: FilledFrom goes on over more entries than one read takes") {
  constexpr uint64_t kBlocks = 200;
  Cache cache(kBlocks * kBlockBytes);
  for (uint64_t block = 3; block < 190; ++block) REQUIRE(cache.writer().MarkBlock(block, 5).ok());
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.FilledFrom(0).value() == 0);
  CHECK(reader.FilledFrom(3 * kBlockBytes + 1).value() == 187 * kBlockBytes - 1);
  CHECK(reader.FilledFrom(130 * kBlockBytes).value() == 60 * kBlockBytes);
  CHECK(reader.FilledFrom(190 * kBlockBytes).value() == 0);
}

TEST_CASE("CacheReader: sees marks, state and marker as they change") {
  Cache cache(600000);
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  REQUIRE(cache.writer().SetMarker(8).ok());
  CHECK(reader.marker() == 7);
  REQUIRE(reader.Refresh().ok());
  CHECK(reader.marker() == 8);
  REQUIRE(PutAll(cache.writer(), SampleBytes(600000)).ok());
  REQUIRE(reader.Refresh().ok());
  CHECK(reader.complete());
  REQUIRE(cache.writer().SetState(FileState::kAbandoned).ok());
  CHECK(reader.Refresh().code() == Code::kChanged);
}

TEST_CASE("CacheReader: opened again it lets the earlier file go, also on failure") {
  const Cache cache(5000);
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  const int before = reader.fd();
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.is_open());
  CHECK(reader.Open("/nonexistent/file", kSampleOrigin, kSampleKey).code() == Code::kNotFound);
  CHECK_FALSE(reader.is_open());
  CHECK(fcntl(before, F_GETFD) == -1);
}

TEST_CASE("CacheReader: works on through a descriptor it has given away") {
  Cache cache(600000);
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  const UniqueFd owner(reader.ReleaseFd());
  reader.BorrowFd(owner.get());
  REQUIRE(PutBlock(cache.writer(), SampleBytes(600000), 0).ok());
  CHECK(reader.FilledFrom(0).value() == kBlockBytes);
  CHECK(reader.Refresh().ok());
}

TEST_CASE("CacheReader: refuses a file that only pretends to be as long as its header says") {
  const Cache cache(600000);
  REQUIRE(truncate(cache.path().c_str(), static_cast<off_t>(Layout(600000).file_bytes - 4096)) ==
          0);
  CacheReader reader;
  CHECK(cache.Open(reader).code() == Code::kCorrupt);
}

TEST_CASE("CacheReader: a file cut while it is open is an error, no bytes") {
  const Cache cache(600000);
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  REQUIRE(truncate(cache.path().c_str(), 0) == 0);
  CHECK(reader.FilledFrom(0).status().code() == Code::kCorrupt);
  CHECK(reader.Refresh().code() == Code::kCorrupt);
  CHECK_FALSE(reader.FilledBytes().ok());
}

// Run under ThreadSanitizer too. Bytes behind a mark must be right at once.
TEST_CASE("CacheReader: readers beside a writer see only right bytes") {
  constexpr uint64_t kSize = 8 * kBlockBytes + 5;
  const std::string object = SampleBytes(kSize);
  Cache cache(kSize);
  std::atomic<int> wrong{0};
  const auto follow = [&] {
    CacheReader reader;
    if (!cache.Open(reader).ok()) return ++wrong;
    for (uint64_t offset = 0; offset < kSize;) {
      const Result<uint64_t> filled = reader.FilledFrom(offset);
      if (!filled.ok() || !reader.Refresh().ok()) return ++wrong;
      if (ReadBytes(reader.fd(), offset, *filled) != object.substr(offset, *filled)) ++wrong;
      offset += *filled;
    }
    return 0;
  };
  {
    std::jthread first(follow), second(follow);
    REQUIRE(PutAll(cache.writer(), object).ok());
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace audiodl
