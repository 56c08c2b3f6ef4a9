// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/sync_queue.h"

#include <string>

#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/s3/log_recorder.h"

namespace audiodl {
namespace {

std::string KeyOf(int number) { return "prod/dune/" + std::to_string(number) + ".mp3"; }

std::unique_ptr<CacheWriter> MakeFile(const TempDir& dir, int number) {
  const std::string key = KeyOf(number);
  ObjectHeader header = SampleHeader(5000);
  header.key = key;
  auto writer = CacheWriter::Create(dir.path(), ObjectId::Of(kSampleOrigin, key), header, 0);
  REQUIRE(writer.ok());
  REQUIRE(PutAll(**writer, SampleBytes(5000)).ok());
  return std::move(writer).value();
}

FileState StateOf(const TempDir& dir, int number) {
  const std::string key = KeyOf(number);
  const auto file =
      CacheWriter::Adopt(dir.path(), ObjectId::Of(kSampleOrigin, key), kSampleOrigin, key);
  return file.ok() ? (*file)->state() : FileState::kAbandoned;
}

TEST_CASE("SyncQueue: everything that was added is durable when it ends") {
  const TempDir dir;
  REQUIRE(PrepareCacheDir(dir.path()).ok());
  LogRecorder log;
  {
    SyncQueue queue(log.sink());
    for (int i = 0; i < 5; ++i) queue.Add(MakeFile(dir, i));
  }
  for (int i = 0; i < 5; ++i) CHECK(StateOf(dir, i) == FileState::kDurable);
}

TEST_CASE("SyncQueue: ends at once when there is nothing to do") {
  LogRecorder log;
  { SyncQueue queue(log.sink()); }
  CHECK_FALSE(log.Contains(""));
}

TEST_CASE("SyncQueue: a file that was evicted meanwhile is no trouble") {
  const TempDir dir;
  REQUIRE(PrepareCacheDir(dir.path()).ok());
  LogRecorder log;
  {
    SyncQueue queue(log.sink());
    auto file = MakeFile(dir, 1);
    std::filesystem::remove(dir.Of(ObjectId::Of(kSampleOrigin, KeyOf(1)).RelativePath()));
    queue.Add(std::move(file));
  }
  CHECK_FALSE(log.Contains(""));
}

}  // namespace
}  // namespace audiodl
