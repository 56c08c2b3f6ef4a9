// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/store.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

StoreConfig StoreOf(const std::string& dir, const std::string& origin) {
  StoreConfig store;
  store.cache_dir = dir;
  store.origin = Origin::Parse(origin).value();
  store.Seal();
  return store;
}

TEST_CASE("StoreConfig: the id depends on directory, origin and prefix, and on nothing else") {
  const StoreConfig store = StoreOf("/var/cache/a", "s3://books/prod region=eu-west-1");
  CHECK(store.identity == "s3://books");
  StoreConfig same = StoreOf("/var/cache/a", "s3://books/prod region=us-east-1");
  same.origin_timeout = std::chrono::milliseconds(1);
  same.Seal();
  CHECK(same.id == store.id);
  CHECK(StoreOf("/var/cache/b", "s3://books/prod").id != store.id);
  CHECK(StoreOf("/var/cache/a", "s3://books/test").id != store.id);
  CHECK(StoreOf("/var/cache/a", "s3://other/prod").id != store.id);
  CHECK(StoreOf("/var/cache/a", "file:///books/prod").id != store.id);
}

TEST_CASE("StoreConfig: an object's id is the same in every store that has it") {
  const StoreConfig one = StoreOf("/var/cache/a", "s3://books/prod");
  const StoreConfig other = StoreOf("/var/cache/b", "s3://books");
  CHECK(one.IdOf("prod/a/1.mp3") == other.IdOf("prod/a/1.mp3"));
  CHECK(one.IdOf("prod/a/1.mp3") == ObjectId::Of("s3://books", "prod/a/1.mp3"));
}

}  // namespace
}  // namespace audiodl
