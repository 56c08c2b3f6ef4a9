// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/difference.h"

#include <set>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr int64_t kSecond = 1000000000;

StoredObject Object(uint64_t size, const char* etag, int64_t modified = 100) {
  StoredObject object;
  object.size = size;
  object.etag = etag;
  object.last_modified = std::chrono::sys_seconds(std::chrono::seconds(modified));
  return object;
}

std::set<std::string> Found(const StockFacts& facts) {
  std::set<std::string> found;
  for (const Difference& difference : CompareStock(facts)) {
    found.insert(std::string(KindName(difference.kind)) + " " + difference.path +
                 (difference.repair.empty() ? "" : " *"));
  }
  return found;
}

TEST_CASE("CompareStock: a listing that says what the bucket has differs in nothing") {
  StockFacts facts;
  facts.listing.books["b"].markers = {{"1.mp3", 100 * kSecond}, {"2.mp3", 50 * kSecond}};
  facts.listing.books["b"].manifest =
      R"({"audiodl":1,"chunks":[{"name":"2.mp3","size":5,"etag":"\"2\""}]})";
  facts.bucket.objects = {{"b/1.mp3", Object(5, "\"1\"")},
                          {"b/2.mp3", Object(5, "\"2\"")},
                          {"b/gone.mp3", Object(5, "\"3\"")}};
  facts.withdrawn.Add("b/gone.mp3", 1);
  CHECK(Found(facts).empty());
}

TEST_CASE("CompareStock: each kind of difference, and whether it can be mended") {
  StockFacts facts;
  ListedBook& book = facts.listing.books["b"];
  for (const char* name : {"gone", "size", "etag", "cold", "empty", "back"}) {
    book.markers[std::string(name) + ".mp3"] = 100 * kSecond;
  }
  book.manifest = R"({"audiodl":1,"chunks":[{"name":"size.mp3","size":4},
      {"name":"etag.mp3","etag":"\"old\""},{"name":"lost.mp3","etag":"\"l\""},{"name":"dead.mp3"}]})";
  facts.withdrawn.Add("b/back.mp3", 1);
  facts.listing.books["old"].markers["1.mp3"] = 99 * kSecond;
  facts.listing.books["bad"].manifest = "{";
  facts.bucket.objects = {{"b/size.mp3", Object(5, "\"s\"")},   {"b/etag.mp3", Object(5, "\"e\"")},
                          {"b/cold.mp3", Object(5, "\"c\"")},   {"b/empty.mp3", Object(0, "\"0\"")},
                          {"b/back.mp3", Object(5, "\"b\"")},   {"b/lost.mp3", Object(5, "\"l\"")},
                          {"b/half.mp3", Object(5, "\"h\"")},   {"old/1.mp3", Object(5, "\"o\"")},
                          {"legacy/1.mp3", Object(5, "\"1\"")}, {"b/full.mp3", Object(9, "\"f\"")},
                          {"b/copy.mp3", Object(7, "\"f\"")}};
  facts.bucket.objects["b/cold.mp3"].storage_class = "DEEP_ARCHIVE";
  facts.bucket.unusable = {"loose.mp3"};
  facts.strays = {{"b/full.mp3", Stray::Kind::kNotEmpty, 7},
                  {"b/copy.mp3", Stray::Kind::kNotEmpty, 7},
                  {"alias", Stray::Kind::kLink, 0},
                  {"b/.audiodl-abcdef.part", Stray::Kind::kLeftOver, 0}};
  CHECK(Found(facts) ==
        std::set<std::string>{
            "no_object b/gone.mp3 *", "other_size b/size.mp3 *", "other_etag b/etag.mp3 *",
            "archived b/cold.mp3", "empty_object b/empty.mp3", "withdrawn_listed b/back.mp3 *",
            "unlisted b/lost.mp3 *", "unlisted b/half.mp3", "unlisted legacy/1.mp3 *",
            "manifest_only b/dead.mp3 *", "old_marker old/1.mp3 *",
            "broken_manifest bad/.audiodl.json *", "not_empty b/full.mp3", "not_empty b/copy.mp3 *",
            "bad_name loose.mp3", "link alias"});
}

TEST_CASE("CompareStock: what the list of withdrawn chunks has lost, and lines that are none") {
  StockFacts facts;
  facts.withdrawn = WithdrawnList::Parse("2025-11-27T08:00:00Z b/1.mp3\n2025-11-2");
  for (const char* path : {"c/1.mp3", "c/2.mp3", "c/3.mp3", "c/4.mp3"})
    facts.forgotten.Add(path, 1);
  facts.withdrawn.Add(facts.forgotten);
  for (const auto& [path, time] : facts.withdrawn.times()) {
    facts.bucket.objects[path] = Object(5, "\"1\"");
  }
  CHECK(Found(facts) == std::set<std::string>{"withdrawn_bad_line .audiodl-withdrawn",
                                              "withdrawn_forgotten .audiodl-withdrawn *"});
  const std::vector<Difference> found = CompareStock(facts);
  REQUIRE(found.size() == 2);
  CHECK(found[0].text.find("line 2;") != std::string::npos);
  CHECK(found[1].text.find("c/3.mp3 and more (4 in all)") != std::string::npos);
}

TEST_CASE("CompareStock: a copy where the marker of a withdrawn chunk would be makes none") {
  StockFacts facts;
  facts.bucket.objects["b/1.mp3"] = Object(5, "\"1\"");
  facts.strays = {{"b/1.mp3", Stray::Kind::kNotEmpty, 5}};
  CHECK(Found(facts) == std::set<std::string>{"not_empty b/1.mp3 *"});
  facts.withdrawn.Add("b/1.mp3", 1);
  CHECK(Found(facts) == std::set<std::string>{"not_empty b/1.mp3"});
}

}  // namespace
}  // namespace audiodl
