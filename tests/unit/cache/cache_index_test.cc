// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_index.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Access = CacheIndex::Access;

CachedObject Object(const std::string& key, uint64_t bytes = 100, int64_t last_used = 1000) {
  return {ObjectId::Of("s3://books", key), "s3://books", key, bytes, last_used, false};
}
ObjectId IdOf(const std::string& key) { return Object(key).id; }

std::unique_ptr<CacheIndex> Open(const std::string& dir, Access access = Access::kWrite) {
  auto index = CacheIndex::Open(dir, access);
  REQUIRE(index.ok());
  return std::move(index).value();
}

std::string Text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> KeysByAge(const CacheIndex& index) {
  std::vector<std::string> keys;
  for (const auto& [time, order, id] : index.by_age()) keys.push_back(index.Find(id)->key);
  return keys;
}

TEST_CASE("IndexRecord: what was encoded is taken again, and what is damaged is stepped over") {
  const IndexRecord record{RecordKind::kAdded, IdOf("a"), 7, 8, "s3://books", "a"};
  const std::string one = EncodeRecord(record);
  std::string torn = one;
  torn[40] ^= 1;
  const std::string log = torn + one.substr(0, 30) + one;
  std::string_view rest = log;
  int damaged = 0;
  Result<IndexRecord> taken = TakeRecord(rest);
  for (; !taken.ok() && !rest.empty(); taken = TakeRecord(rest)) ++damaged;
  CHECK(damaged == 2);
  REQUIRE(taken.ok());
  CHECK(rest.empty());
  CHECK(taken->key == "a");
  CHECK(taken->origin == "s3://books");
  CHECK(taken->id == IdOf("a"));
  CHECK(taken->time == 7);
  CHECK(taken->value == 8);
}

TEST_CASE("IndexRecord: no prefix of a record is one") {
  const std::string one = EncodeRecord({RecordKind::kPinned, IdOf("a"), 1, 2, "o", "k"});
  for (size_t length = 0; length < one.size(); ++length) {
    const std::string prefix = one.substr(0, length);
    std::string_view rest = prefix;
    CHECK_FALSE(TakeRecord(rest).ok());
  }
}

TEST_CASE("CacheIndex: what was added, used, pinned and removed is there when it is opened again") {
  const TempDir dir;
  {
    const auto index = Open(dir.path());
    CHECK_FALSE(index->known_all());
    CHECK(index->Add(Object("a", 10, 1)).ok());
    CHECK(index->Add(Object("b", 20, 2)).ok());
    CHECK(index->Add(Object("c", 40, 3)).ok());
    CHECK(index->Touch(IdOf("a"), 9).ok());
    CHECK(index->Remove(IdOf("b")).ok());
    CHECK(index->MarkDurable(IdOf("c")).ok());
    CHECK(index->SetPin(IdOf("z"), {50, "s3://books", "z"}).ok());
  }
  const auto index = Open(dir.path());
  CHECK(index->bytes() == 50);
  CHECK(KeysByAge(*index) == std::vector<std::string>{"c", "a"});
  CHECK(index->Find(IdOf("c"))->durable);
  CHECK_FALSE(index->Find(IdOf("a"))->durable);
  CHECK(index->Find(IdOf("b")) == nullptr);
  CHECK(index->IsPinned(IdOf("z"), 49));
  CHECK_FALSE(index->IsPinned(IdOf("z"), 50));
}

TEST_CASE("CacheIndex: two processes that append see each other's records") {
  const TempDir dir;
  const auto one = Open(dir.path());
  const auto two = Open(dir.path());
  CHECK(one->Add(Object("a")).ok());
  CHECK(two->Add(Object("b")).ok());
  CHECK(one->Sync().ok());
  CHECK(one->Find(IdOf("b")) != nullptr);
  CHECK(two->Find(IdOf("a")) != nullptr);
  CHECK(one->bytes() == 200);
  CHECK(two->bytes() == 200);
}

TEST_CASE("CacheIndex: a compacted log says the same, and others follow it to the new file") {
  const TempDir dir;
  const auto one = Open(dir.path());
  const auto two = Open(dir.path());
  CHECK(one->Add(Object("a", 10, 5)).ok());
  for (int64_t time = 6; time < 2000; ++time) CHECK(one->Touch(IdOf("a"), time).ok());
  CHECK(one->SetPin(IdOf("a"), {5000, "s3://books", "a"}).ok());
  CHECK(one->SetPin(IdOf("gone"), {30, "s3://books", "gone"}).ok());
  CHECK(one->is_long());
  CHECK(one->Compact(100).ok());
  CHECK_FALSE(one->is_long());
  CHECK(std::filesystem::file_size(CacheIndex::PathIn(dir.path())) < 1000);
  CHECK(two->Add(Object("b", 20, 1)).ok());
  CHECK(one->Add(Object("c", 30, 2)).ok());
  CHECK(two->Sync().ok());
  CHECK(two->bytes() == 60);
  CHECK(two->known_all());
  CHECK(two->Find(IdOf("a"))->last_used == 1999);
  CHECK(two->IsPinned(IdOf("a"), 100));
  CHECK_FALSE(two->pins().contains(IdOf("gone")));
  CHECK(one->Sync().ok());
  CHECK(one->bytes() == 60);
}

TEST_CASE(
    "CacheIndex: within a second what the log has first is older, also after it is compacted") {
  const TempDir dir;
  const std::vector<std::string> expected = {"q", "b", "z", "m", "a"};
  {
    const auto index = Open(dir.path());
    for (const char* key : {"a", "q", "b", "z", "m"}) CHECK(index->Add(Object(key, 1, 7)).ok());
    CHECK(index->Touch(IdOf("a"), 7).ok());
    CHECK(KeysByAge(*index) == expected);
    CHECK(index->Compact(8).ok());
  }
  CHECK(KeysByAge(*Open(dir.path())) == expected);
}

TEST_CASE(
    "CacheIndex: a damaged log is believed where it is whole, and does not claim to know all") {
  const TempDir dir;
  {
    const auto index = Open(dir.path());
    CHECK(index->Add(Object("a")).ok());
    CHECK(index->Compact(1).ok());
    CHECK(index->Add(Object("b")).ok());
    CHECK(index->Add(Object("c")).ok());
  }
  const std::string path = CacheIndex::PathIn(dir.path());
  const std::string good = Text(path);
  CHECK(Open(dir.path())->known_all());
  for (size_t at = 0; at < good.size(); at += 7) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    std::ofstream(path, std::ios::binary) << bad;
    const auto index = Open(dir.path());
    CHECK(index->size() >= 2);
    CHECK(index->damaged());
    CHECK_FALSE(index->known_all());
  }
  for (size_t length = 1; length < good.size(); length += 11) {
    std::ofstream(path, std::ios::binary) << good.substr(0, length);
    CHECK(Open(dir.path())->size() <= 3);
  }
}

TEST_CASE("CacheIndex: a log that somebody removes is begun anew") {
  const TempDir dir;
  const auto index = Open(dir.path());
  CHECK(index->Add(Object("a")).ok());
  CHECK(index->Compact(1).ok());
  std::filesystem::remove(CacheIndex::PathIn(dir.path()));
  CHECK(index->Add(Object("b")).ok());
  CHECK_FALSE(index->known_all());
  CHECK(Open(dir.path())->Find(IdOf("b")) != nullptr);
}

TEST_CASE("CacheIndex: a dry run writes nothing, and needs no log") {
  const TempDir dir;
  const auto index = Open(dir.path(), Access::kRead);
  CHECK(index->Add(Object("a")).ok());
  CHECK(index->size() == 1);
  CHECK(index->Compact(1).ok());
  CHECK_FALSE(std::filesystem::exists(CacheIndex::PathIn(dir.path())));
}

TEST_CASE("CacheIndex: a link in the log's place is not followed") {
  const TempDir dir;
  std::filesystem::create_symlink(dir.Of("victim"), CacheIndex::PathIn(dir.path()));
  CHECK_FALSE(CacheIndex::Open(dir.path(), Access::kWrite).ok());
  CHECK_FALSE(std::filesystem::exists(dir.Of("victim")));
}

}  // namespace
}  // namespace audiodl
