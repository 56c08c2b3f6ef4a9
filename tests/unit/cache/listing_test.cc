// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/listing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

ChunkName Chunk(std::string_view path) {
  const Result<ChunkName> chunk = ChunkName::Parse(path);
  REQUIRE(chunk.ok());
  return *chunk;
}

class Listing {
 public:
  Listing() { fs::create_directories(dir_.Of("dune")); }

  std::string Of(const std::string& name) const { return dir_.Of(name); }
  void Write(const std::string& name, std::string_view text = "") const {
    std::ofstream(Of(name)) << text;
  }
  void SetTime(const std::string& name, timespec time) const {
    const timespec times[2] = {time, time};
    REQUIRE(utimensat(AT_FDCWD, Of(name).c_str(), times, 0) == 0);
  }
  Result<int64_t> Find(std::string_view chunk) const {
    return FindMarker(dir_.path(), Chunk(chunk));
  }

 private:
  TempDir dir_;
};

TEST_CASE("FindMarker: a marker's modification time in nanoseconds") {
  const Listing listing;
  listing.Write("dune/01.mp3");
  listing.SetTime("dune/01.mp3", {1700000000, 123456789});
  const Result<int64_t> marker = listing.Find("dune/01.mp3");
  REQUIRE(marker.ok());
  CHECK(*marker == 1700000000123456789);
}

TEST_CASE("FindMarker: names with blanks, signs and more than ASCII") {
  const Listing listing;
  for (const std::string name :
       {"a b+c%20.mp3", "it's \"1\".mp3", "H\xc3\xb6rbuch \xf0\x9f\x8e\xa7.mp3"}) {
    INFO(name);
    listing.Write("dune/" + name);
    CHECK(listing.Find("dune/" + name).ok());
  }
}

TEST_CASE("FindMarker: what is no marker is not listed") {
  const Listing listing;
  listing.Write("dune/full.mp3", "x");
  listing.Write("dune/marker.mp3");
  fs::create_directory(listing.Of("dune/folder.mp3"));
  REQUIRE(mkfifo(listing.Of("dune/fifo.mp3").c_str(), 0600) == 0);
  fs::create_symlink("nowhere", listing.Of("dune/dangling.mp3"));
  for (const std::string name :
       {"dune/absent.mp3", "dune/full.mp3", "dune/folder.mp3", "dune/fifo.mp3", "dune/dangling.mp3",
        "absent/01.mp3", "dune/marker.mp3/01.mp3"}) {
    INFO(name);
    CHECK(listing.Find(name).status().code() == Code::kNotFound);
  }
  const std::string longest = "dune/" + std::string(255, 'x');
  CHECK(listing.Find(longest).status().code() == Code::kNotFound);
}

TEST_CASE("FindMarker: a symbolic link to a marker is one, as shops link editions") {
  const Listing listing;
  listing.Write("dune/01.mp3");
  fs::create_symlink("01.mp3", listing.Of("dune/same.mp3"));
  CHECK(listing.Find("dune/same.mp3").ok());
}

TEST_CASE("FindMarker: a listing that cannot be read says so, and is no 404") {
  const Listing listing;
  fs::create_symlink("loop", listing.Of("loop"));
  const Result<int64_t> marker = listing.Find("loop/01.mp3");
  CHECK(marker.status().code() == Code::kIo);
  CHECK(marker.status().text().find("must be able to read") != std::string::npos);
}

TEST_CASE("FindMarker: times beyond what nanoseconds can count keep their order") {
  const Listing listing;
  listing.Write("dune/01.mp3");
  listing.SetTime("dune/01.mp3", {13000000000, 5});  // the year 2381
  const Result<int64_t> future = listing.Find("dune/01.mp3");
  listing.SetTime("dune/01.mp3", {1700000000, 0});
  const Result<int64_t> present = listing.Find("dune/01.mp3");
  REQUIRE(future.ok());
  REQUIRE(present.ok());
  CHECK(*future > *present);
}

TEST_CASE("CheckListed: something, nothing, and nowhere") {
  const TempDir dir;
  CHECK(CheckListed(dir.path()).code() == Code::kNotFound);
  std::ofstream(dir.Of(".audiodl.json"), std::ios::binary);
  CHECK(CheckListed(dir.path()).code() == Code::kNotFound);
  std::filesystem::create_directory(dir.Of("book"));
  CHECK(CheckListed(dir.path()).ok());
  CHECK(CheckListed(dir.Of("nowhere")).code() == Code::kIo);
}

TEST_CASE("FindSomeChunk: markers only, and others for others") {
  const TempDir dir;
  CHECK(FindSomeChunk(dir.path(), 0).status().code() == Code::kNotFound);
  CHECK(FindSomeChunk(dir.Of("nowhere"), 0).status().code() == Code::kNotFound);
  std::filesystem::create_directories(dir.Of("a/.hidden"));
  std::ofstream(dir.Of("a/.hidden/01.mp3"), std::ios::binary);
  std::ofstream(dir.Of("a/.audiodl.json"), std::ios::binary);
  std::ofstream(dir.Of("a/notes.txt"), std::ios::binary) << "not empty";
  CHECK_FALSE(FindSomeChunk(dir.path(), 0).ok());
  std::ofstream(dir.Of("a/01.mp3"), std::ios::binary);
  CHECK(FindSomeChunk(dir.path(), 0).value() == "a/01.mp3");
  CHECK(FindSomeChunk(dir.path(), 5).value() == "a/01.mp3");
  std::ofstream(dir.Of("a/02.mp3"), std::ios::binary);
  CHECK(FindSomeChunk(dir.path(), 0).value() != FindSomeChunk(dir.path(), 1).value());
}

}  // namespace
}  // namespace audiodl
