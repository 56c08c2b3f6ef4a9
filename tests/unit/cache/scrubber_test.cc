// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/scrubber.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/cache/cache_writer.h"
#include "common/cache/quarantine.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr uint64_t kSize = 3 * kBlockBytes + 5;

struct Sample {
  Sample() {
    (void)PrepareCacheDir(dir.path()).ok();
    ObjectHeader header = SampleHeader(kSize);
    Md5 md5;
    md5.Update(bytes);
    const Md5Bytes sum = md5.Final();
    std::copy(sum.begin(), sum.end(), header.digest.begin());
    header.digest_kind = DigestKind::kMd5;
    auto made = CacheWriter::Create(dir.path(), SampleId(), header, 0);
    REQUIRE(made.ok());
    writer = std::move(made).value();
  }
  Status Scrub() {
    return Scrubber(0).Check(
        path, {SampleId(), std::string(kSampleOrigin), std::string(kSampleKey), 0, 0, false});
  }
  void Flip(uint64_t offset) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }

  const TempDir dir;
  const std::string bytes = SampleBytes(kSize);
  const std::string path = dir.path() + "/" + SampleId().RelativePath();
  std::unique_ptr<CacheWriter> writer;
};

TEST_CASE("Scrubber: a good file is good, whole or in part") {
  Sample sample;
  REQUIRE(PutBlock(*sample.writer, sample.bytes, 1).ok());
  CHECK(sample.Scrub().ok());
  REQUIRE(PutAll(*sample.writer, sample.bytes).ok());
  CHECK(sample.Scrub().ok());
}

TEST_CASE("Scrubber: one flipped bit is found wherever it is, and named") {
  Sample sample;
  REQUIRE(PutAll(*sample.writer, sample.bytes).ok());
  for (const uint64_t offset : {uint64_t{0}, kBlockBytes - 1, 2 * kBlockBytes + 7, kSize - 1}) {
    sample.Flip(offset);
    const Status status = sample.Scrub();
    CHECK(status.code() == Code::kCorrupt);
    CHECK(status.text() == "block " + std::to_string(offset / kBlockBytes) + " damaged");
    sample.Flip(offset);
    CHECK(sample.Scrub().ok());
  }
  sample.Flip(Layout(kSize).table_offset + 8);
  CHECK(sample.Scrub().text() == "block 1 not marked");
}

TEST_CASE("Scrubber: blocks that agree with their marks, but are not the object's, do not pass") {
  Sample sample;
  REQUIRE(PutAll(*sample.writer, SampleBytes(kSize, 2)).ok());
  CHECK(sample.Scrub().text() == "digest differs");
}

TEST_CASE("Scrubber: what has gone is no damage") {
  Sample sample;
  REQUIRE(sample.writer->Retire().ok());
  CHECK(sample.Scrub().code() == Code::kNotFound);
}

TEST_CASE("Quarantine: names can be read, and only the newest are kept") {
  const TempDir dir;
  std::filesystem::create_directory(dir.Of("quarantine"));
  const std::vector<std::string> foreign = {"0 thesis.tex", "20231114T221320Z a b c", "x"};
  for (const std::string& name : foreign) std::ofstream(dir.Of("quarantine/" + name)) << "years";
  CachedObject object{SampleId(), "s3://books", "prod/du ne\n/01.mp3", 0, 0, false};
  std::vector<std::string> paths;
  for (int64_t second = 0; second < 20; ++second) {
    const auto path = QuarantinePath(dir.path(), object, "block 17 damaged", 1700000000 + second);
    REQUIRE(path.ok());
    std::ofstream(*path) << second;
    paths.push_back(*path);
  }
  CHECK(std::filesystem::path(paths[0]).filename().string() ==
        "20231114T221320Z block_17_damaged prod_du_ne__01.mp3 " + SampleId().Hex().substr(0, 16));
  size_t kept = 0;
  VisitQuarantine(dir.path(), [&](const FoundFile&) { ++kept; });
  CHECK(kept == kMaxQuarantined + foreign.size());
  for (const std::string& name : foreign) {
    CHECK(std::filesystem::exists(dir.Of("quarantine/" + name)));
  }
  CHECK(std::filesystem::exists(paths.back()));
  CHECK_FALSE(std::filesystem::exists(paths.front()));
  object.key = std::string(1024, 'k');
  const auto path = QuarantinePath(dir.path(), object, "block 17 damaged", 1700000000);
  CHECK(std::filesystem::path(*path).filename().string().size() < 255);
}

}  // namespace
}  // namespace audiodl
