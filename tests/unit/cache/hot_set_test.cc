// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/hot_set.h"

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

void Add(CacheIndex& index, const std::string& origin, const std::string& key, int64_t last_used) {
  CachedObject object;
  object.id = ObjectId::Of(origin, key);
  object.origin = origin;
  object.key = key;
  object.last_used = last_used;
  REQUIRE(index.Add(object).ok());
}

TEST_CASE("HotSetText: a store's own chunks, the one asked for last first") {
  const TempDir dir;
  Result<std::unique_ptr<CacheIndex>> index =
      CacheIndex::Open(dir.path(), CacheIndex::Access::kWrite);
  REQUIRE(index.ok());
  Add(**index, "s3://books", "prod/dune/01.mp3", 10);
  Add(**index, "s3://books", "prod/dune/02.mp3", 30);
  Add(**index, "s3://books", "prod/emma/01.mp3", 20);
  Add(**index, "s3://books", "test/dune/03.mp3", 40);  // another prefix
  Add(**index, "s3://other", "prod/dune/04.mp3", 50);  // another bucket
  Add(**index, "s3://books", "prod/no-book.mp3", 60);  // nothing that a URL could name
  const ListedStore store = {.identity = "s3://books", .key_prefix = "prod/", .listing = ""};
  CHECK(HotSetText(**index, store, 100) == "dune/02.mp3\nemma/01.mp3\ndune/01.mp3\n");
  CHECK(HotSetText(**index, store, 1) == "dune/02.mp3\n");
  CHECK(*ParseHotSet(HotSetText(**index, store, 100)) ==
        std::vector<std::string>{"dune/02.mp3", "emma/01.mp3", "dune/01.mp3"});
}

TEST_CASE("ParseHotSet: what people write, each name once") {
  const auto names = ParseHotSet("# friday\r\n\ndune/01.mp3\r\nfantasy/emma/\ndune/01.mp3\nemma");
  REQUIRE(names.ok());
  CHECK(*names == std::vector<std::string>{"dune/01.mp3", "fantasy/emma", "emma"});
  CHECK(ParseHotSet("")->empty());
}

TEST_CASE("ParseHotSet: says which line is no name") {
  for (const char* text : {"<!DOCTYPE html>\n", "ok\n../etc\n", "a//b", "a/.hidden", "a\tb/c"}) {
    INFO(text);
    const auto names = ParseHotSet(text);
    REQUIRE_FALSE(names.ok());
    CHECK(names.status().text().find("line ") == 0);
  }
}

}  // namespace
}  // namespace audiodl
