// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/manifest_cache.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Clock = std::chrono::steady_clock;

class Shelf {
 public:
  void Write(const std::string& book, const std::string& text) const {
    std::filesystem::create_directories(listing_.Of(book));
    const std::string path = listing_.Of(book + "/" + Manifest::kFileName);
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }
  void Title(const std::string& book, const std::string& title) const {
    Manifest manifest;
    manifest.title = title;
    Write(book, manifest.Text());
  }
  std::string TitleOf(const std::string& book, int milliseconds) {
    const auto manifest =
        cache_.Find(book, Clock::time_point(std::chrono::milliseconds(milliseconds)));
    return manifest == nullptr ? "none" : manifest->title;
  }

  std::vector<std::string> log;
  const TempDir listing_;

 private:
  ManifestCache cache_{listing_.path(),
                       [this](LogLevel, std::string_view text) { log.emplace_back(text); }};
};

TEST_CASE("ManifestCache: a new version is seen within a second, a removed one too") {
  Shelf shelf;
  shelf.Title("dune", "one");
  CHECK(shelf.TitleOf("dune", 10000) == "one");
  shelf.Title("dune", "two!");
  CHECK(shelf.TitleOf("dune", 10900) == "one");
  CHECK(shelf.TitleOf("dune", 11000) == "two!");
  std::filesystem::remove(shelf.listing_.Of("dune/.audiodl.json"));
  CHECK(shelf.TitleOf("dune", 12000) == "none");
  shelf.Title("dune", "three");
  CHECK(shelf.TitleOf("dune", 13000) == "three");
}

TEST_CASE("ManifestCache: a malformed one is as none, and told once for each version") {
  Shelf shelf;
  shelf.Write("dune", "{");
  for (int second = 10; second < 15; ++second)
    CHECK(shelf.TitleOf("dune", second * 1000) == "none");
  REQUIRE(shelf.log.size() == 1);
  CHECK(shelf.log[0].find("dune/.audiodl.json") != std::string::npos);
  shelf.Write("dune", "{{");
  CHECK(shelf.TitleOf("dune", 20000) == "none");
  CHECK(shelf.log.size() == 2);
}

TEST_CASE("ManifestCache: keeps the books that are asked for, however many there are") {
  Shelf shelf;
  shelf.Title("hot", "hot");
  for (size_t book = 0; book < ManifestCache::kMaxBooks * 2; ++book) {
    const std::string name = "book" + std::to_string(book);
    shelf.Title(name, name);
    CHECK(shelf.TitleOf(name, 10000) == name);
    CHECK(shelf.TitleOf("hot", 10000) == "hot");
  }
  // Not looked at again within its second, so it was kept.
  shelf.Title("hot", "new");
  CHECK(shelf.TitleOf("hot", 10500) == "hot");
}

}  // namespace
}  // namespace audiodl
