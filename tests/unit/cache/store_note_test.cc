// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/store_note.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

NotedStore Sample() {
  NotedStore store;
  store.listed = {"s3://books", "prod/", "/var/www/\"listing\""};
  store.limits.max_size = uint64_t{40} << 30;
  store.limits.SetMinFree({0, 2.5});
  store.limits.max_age = std::chrono::hours(24);
  store.spill_dir = "/dev/shm/audiodl-1";
  return store;
}

TEST_CASE("StoreNote: what was written is read again, and nothing else is left behind") {
  const TempDir dir;
  NotedStore plain;
  plain.listed.identity = "file://";
  plain.listed.key_prefix = "/srv/audio/";
  REQUIRE(WriteStoreNote(dir.path(), {Sample(), plain}).ok());
  const auto stores = ReadStoreNote(dir.path());
  REQUIRE(stores.ok());
  REQUIRE(stores->size() == 2);
  CHECK(stores->at(0).limits == Sample().limits);
  CHECK(stores->at(0).listed.identity == "s3://books");
  CHECK(stores->at(0).listed.key_prefix == "prod/");
  CHECK(stores->at(0).listed.listing == Sample().listed.listing);
  CHECK(stores->at(0).spill_dir == "/dev/shm/audiodl-1");
  CHECK(stores->at(1).limits == CacheLimits());
  CHECK(stores->at(1).listed.listing.empty());
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("StoreNote: a note that is missing, of another version or damaged is told apart") {
  const TempDir dir;
  CHECK(ReadStoreNote(dir.path()).status().code() == Code::kNotFound);
  for (const char* text : {"{\"format\":2,\"stores\":[]}", "{\"format\":1}", "{", ""}) {
    std::ofstream(dir.Of(".audiodl-store")) << text;
    CHECK(ReadStoreNote(dir.path()).status().code() == Code::kInvalid);
  }
}

TEST_CASE("StoreNote: two hosts that share a directory get the stricter of each limit") {
  NotedStore other = Sample();
  other.limits.max_size = uint64_t{10} << 30;
  other.limits.SetMinFree({5000, -1});
  other.limits.max_age = std::chrono::hours(48);
  const CacheLimits limits = LimitsOf({Sample(), other});
  CHECK(limits.max_size == uint64_t{10} << 30);
  CHECK(limits.min_free_bytes == 5000);
  CHECK(limits.min_free_percent == 2.5);
  CHECK(limits.max_age == std::chrono::hours(24));
  CHECK(ListedOf({Sample(), other}).size() == 2);
}

}  // namespace
}  // namespace audiodl
