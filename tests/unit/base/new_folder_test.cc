// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/new_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "common/base/file_io.h"
#include "common/base/new_file.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

size_t EntriesOf(const std::string& folder) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

Status WriteOne(const NewFolder& folder) { return WriteNewFile(folder.path() + "/1", "one"); }

TEST_CASE("NewFolder: nothing is there before Commit, all of it after") {
  const TempDir dir;
  const std::string place = dir.Of("a/b/book");
  Result<NewFolder> folder = NewFolder::Create(place + "/");
  REQUIRE(folder.ok());
  REQUIRE(WriteOne(*folder).ok());
  CHECK_FALSE(fs::exists(place));
  REQUIRE(folder->Commit().ok());
  CHECK(ReadWholeFile(place + "/1", 10).value() == "one");
  CHECK(EntriesOf(dir.Of("a/b")) == 1);
  CHECK(ModeOf(place) == 0755);
}

TEST_CASE("NewFolder: what is not committed leaves nothing") {
  const TempDir dir;
  REQUIRE(WriteOne(*NewFolder::Create(dir.Of("book"))).ok());
  CHECK(EntriesOf(dir.path()) == 0);
}

TEST_CASE("NewFolder: an empty folder is replaced, with its mode, also behind a link") {
  const TempDir dir;
  fs::create_directory(dir.Of("book"));
  REQUIRE(chmod(dir.Of("book").c_str(), 02770) == 0);
  fs::create_symlink("book", dir.Of("link"));
  Result<NewFolder> folder = NewFolder::Create(dir.Of("link"));
  REQUIRE(folder.ok());
  REQUIRE(WriteOne(*folder).ok());
  REQUIRE(folder->Commit().ok());
  CHECK(fs::is_symlink(dir.Of("link")));
  CHECK(EntriesOf(dir.Of("book")) == 1);
  CHECK(ModeOf(dir.Of("book")) == 02770);
}

TEST_CASE("NewFolder: what is in use is refused, before and after") {
  const TempDir dir;
  REQUIRE(WriteNewFile(dir.Of("used/.hidden"), "x").ok());
  const Status refused = NewFolder::Create(dir.Of("used")).status();
  CHECK(refused.code() == Code::kChanged);
  CHECK(refused.text().find("holds .hidden") != std::string::npos);
  Result<NewFolder> folder = NewFolder::Create(dir.Of("book"));
  REQUIRE(WriteNewFile(dir.Of("book/other"), "x").ok());
  CHECK(folder->Commit().code() == Code::kChanged);
  CHECK(EntriesOf(dir.Of("book")) == 1);
}

TEST_CASE("NewFolder: removes what a dead one left beside it, and nothing else") {
  const TempDir dir;
  const std::string dead = dir.Of(".audiodl-.partsaBc012");
  REQUIRE(WriteNewFile(dead + "/1", "left by somebody who was killed").ok());
  REQUIRE(WriteNewFile(dir.Of(".audiodl-.parts/1"), "x").ok());
  std::optional<Result<NewFolder>> living = NewFolder::Create(dir.Of("first"));
  REQUIRE(living->ok());
  REQUIRE(WriteOne(living->value()).ok());
  const Result<NewFolder> second = NewFolder::Create(dir.Of("second"));
  REQUIRE(second.ok());
  CHECK_FALSE(fs::exists(dead));
  CHECK(fs::exists(dir.Of(".audiodl-.parts/1")));
  CHECK(EntriesOf(living->value().path()) == 1);
  // It is not taken for a dead one's under its first name, either.
  REQUIRE(living->value().Commit().ok());
  CHECK(EntriesOf(dir.Of("first")) == 1);
}

TEST_CASE("CheckEmptyFolder: one that is not there is empty, a file is none") {
  const TempDir dir;
  CHECK(CheckEmptyFolder(dir.Of("none")).ok());
  CHECK(CheckEmptyFolder(dir.path()).ok());
  REQUIRE(WriteNewFile(dir.Of("file"), "x").ok());
  CHECK(CheckEmptyFolder(dir.Of("file")).code() == Code::kIo);
}

}  // namespace
}  // namespace audiodl
