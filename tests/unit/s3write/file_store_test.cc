// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/file_store.h"

#include <filesystem>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::vector<std::string> KeysOf(FileStore& store, const ListQuery& query) {
  std::vector<std::string> keys;
  const Status listed = store.List(query, [&](const StoredObject& object) {
    keys.push_back(object.key);
    return true;
  });
  REQUIRE(listed.ok());
  return keys;
}

PutOptions IfMatch(const std::string& etag) {
  PutOptions options;
  options.if_match = etag;
  return options;
}

PutOptions IfAbsent() {
  PutOptions options;
  options.if_absent = true;
  return options;
}

TEST_CASE("FileStore: what is put is there, with the tag that it gave") {
  const TempDir dir;
  FileStore store(dir.path());
  const std::string key = dir.Of("a/b.mp3");
  const Result<std::string> etag = store.Put(key, "hello", {});
  REQUIRE(etag.ok());
  CHECK(store.GetText(key, 100).value() == "hello");
  CHECK(store.Head(key)->etag == *etag);
  CHECK(store.Head(key)->size == 5);
  CHECK(store.GetText(key, 4).status().code() == Code::kInvalid);
}

TEST_CASE("FileStore: conditions") {
  const TempDir dir;
  FileStore store(dir.path());
  const std::string key = dir.Of("a");
  CHECK(store.Put(key, "0", IfMatch("\"x\"")).status().code() == Code::kChanged);
  const std::string first = store.Put(key, "1", IfAbsent()).value();
  CHECK(store.Put(key, "2", IfAbsent()).status().code() == Code::kChanged);
  CHECK(store.Put(key, "22", IfMatch(first)).ok());
  CHECK(store.Put(key, "333", IfMatch(first)).status().code() == Code::kChanged);
  CHECK(store.GetText(key, 100).value() == "22");
}

TEST_CASE("FileStore: a removed object takes its empty folders along, never the root") {
  const TempDir dir;
  FileStore store(dir.path());
  REQUIRE(store.Put(dir.Of("a/b/c"), "x", {}).ok());
  REQUIRE(store.Put(dir.Of("a/d"), "x", {}).ok());
  CHECK(store.Delete(dir.Of("a/b/c")).ok());
  CHECK(store.Delete(dir.Of("a/b/c")).ok());
  CHECK_FALSE(std::filesystem::exists(dir.Of("a/b")));
  CHECK(store.Delete(dir.Of("a/d")).ok());
  CHECK(std::filesystem::exists(dir.path()));
  CHECK(KeysOf(store, {.prefix = ""}).empty());
}

TEST_CASE("FileStore: lists in byte order, by prefix, from a key on") {
  const TempDir dir;
  FileStore store(dir.path());
  for (const char* name : {"a/1", "a-b/1", "a/2", "ab"}) {
    REQUIRE(store.Put(dir.Of(name), "x", {}).ok());
  }
  CHECK(KeysOf(store, {.prefix = ""}) ==
        std::vector<std::string>{dir.Of("a-b/1"), dir.Of("a/1"), dir.Of("a/2"), dir.Of("ab")});
  CHECK(KeysOf(store, {.prefix = dir.Of("a/")}).size() == 2);
  CHECK(KeysOf(store, {.prefix = dir.Of("a")}).size() == 4);
  CHECK(KeysOf(store, {.prefix = dir.Of("no/such")}).empty());
  CHECK(KeysOf(store, {.prefix = "", .start_after = dir.Of("a/1")}).size() == 2);
}

TEST_CASE("FileStore: nothing outside of its folder") {
  const TempDir dir;
  FileStore store(dir.path());
  for (const std::string& key : {std::string("/etc/passwd"), dir.Of("../x"), dir.Of("a//b"),
                                 dir.path() + "x/a", dir.Of("")}) {
    CAPTURE(key);
    CHECK(store.Put(key, "x", {}).status().code() == Code::kInvalid);
    CHECK(store.Head(key).status().code() == Code::kInvalid);
    CHECK(store.Delete(key).code() == Code::kInvalid);
  }
}

TEST_CASE("FileStore: a folder that is not mounted is no empty one") {
  FileStore store("/no/such/folder");
  CHECK(store.Put("/no/such/folder/a", "x", {}).status().code() == Code::kInvalid);
  CHECK_FALSE(store.List({.prefix = ""}, [](const StoredObject&) { return true; }).ok());
}

TEST_CASE("FileStore: what a killed copy left is removed, and never listed") {
  const TempDir dir;
  FileStore store(dir.path());
  REQUIRE(store.Put(dir.Of("a/1"), "x", {}).ok());
  REQUIRE(WriteNewFile(dir.Of("a/.audiodl-abcdef.part"), "half").ok());
  CHECK(KeysOf(store, {.prefix = ""}).size() == 1);
  CHECK(store.RemoveStale({.prefix = dir.Of(""), .age = std::chrono::hours(24)}).value() == 1);
  CHECK_FALSE(std::filesystem::exists(dir.Of("a/.audiodl-abcdef.part")));
  // Of some keys: what is deeper in the folder is others'.
  REQUIRE(WriteNewFile(dir.Of("a/.audiodl-abcdef.part"), "half").ok());
  REQUIRE(WriteNewFile(dir.Of(".audiodl-ghijkl.part"), "half").ok());
  const auto ours = [](const std::string&) { return true; };
  CHECK(store
            .RemoveStale(
                {.prefix = dir.Of("backup-"), .age = std::chrono::hours(24), .is_meant = ours})
            .value() == 1);
  CHECK(std::filesystem::exists(dir.Of("a/.audiodl-abcdef.part")));
}

}  // namespace
}  // namespace audiodl
