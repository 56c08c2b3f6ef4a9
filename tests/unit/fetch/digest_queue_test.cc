// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/digest_queue.h"

#include <poll.h>

#include <algorithm>

#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr uint64_t kBlocks = 5;
constexpr uint64_t kSize = kBlocks * kBlockBytes - 9;

struct Published {
  Published() {
    REQUIRE(PrepareCacheDir(dir.path()).ok());
    ObjectHeader header = SampleHeader(kSize);
    header.digest_kind = DigestKind::kSha256;
    header.digest = Sha256Of(object);
    file = CacheWriter::Create(dir.path(), SampleId(), header, 0).value();
    REQUIRE(PutAll(*file, object).ok());
  }

  TempDir dir;
  const std::string object = SampleBytes(kSize);
  std::unique_ptr<CacheWriter> file;
};

void WaitFor(DigestQueue& queue, const DigestQueue::Job& job) {
  while (!job.done()) {
    pollfd polled{queue.fd(), POLLIN, 0};
    REQUIRE(poll(&polled, 1, 60000) == 1);
    queue.Acknowledge();
  }
}

TEST_CASE("DigestQueue: takes blocks in, job after job, and the digest agrees") {
  Published published;
  DigestQueue queue;
  const auto digest = std::make_shared<PrefixDigest>(*published.file);
  while (const uint64_t ready = digest->Ready(std::nullopt, 2)) {
    const auto job = queue.Add(digest, ready);
    WaitFor(queue, *job);
    REQUIRE(job->status().ok());
  }
  REQUIRE(digest->done());
  CHECK(digest->Check().ok());
}

TEST_CASE("DigestQueue: a digest outlives the file's writer, and the file's name") {
  Published published;
  DigestQueue queue;
  const auto digest = std::make_shared<PrefixDigest>(*published.file);
  REQUIRE(published.file->Retire().ok());
  published.file.reset();
  const auto job = queue.Add(digest, kBlocks);
  WaitFor(queue, *job);
  CHECK(job->status().ok());
  CHECK(digest->Check().ok());
}

TEST_CASE("DigestQueue: a file that is too short fails its job, not the queue") {
  Published published;
  DigestQueue queue;
  const auto digest = std::make_shared<PrefixDigest>(*published.file);
  REQUIRE(ftruncate(published.file->descriptor()->get(), 100) == 0);
  const auto job = queue.Add(digest, kBlocks);
  WaitFor(queue, *job);
  CHECK(job->status().code() == Code::kCorrupt);
}

TEST_CASE("DigestQueue: jobs that nobody waits for are no trouble at its end") {
  Published published;
  for (int round = 0; round < 20; ++round) {
    DigestQueue queue;
    for (int i = 0; i < 10; ++i) {
      (void)queue.Add(std::make_shared<PrefixDigest>(*published.file), kBlocks);
    }
  }
  // The writer's and this one: no job holds on to the file.
  const auto descriptor = published.file->descriptor();
  CHECK(descriptor.use_count() == 2);
}

}  // namespace
}  // namespace audiodl
