// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/managed_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "common/base/file_io.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
namespace fs = std::filesystem;

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string Read(const std::string& path) { return ReadWholeFile(path, 1 << 22).value(); }

std::set<std::string> NamesIn(const std::string& dir) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir)) names.insert(entry.path().filename());
  return names;
}

struct Rig {
  TempDir dir;
  std::string path = dir.path() + "/hosts";

  Result<ManagedFile> Open() { return ManagedFile::Open({path}, milliseconds(0)); }
  void Journal(const std::string& before, const std::string& after) {
    Write(dir.path() + "/.hosts.audiodl-inplace",
          std::to_string(before.size()) + "\n" + before + after);
  }
};

TEST_CASE("ManagedFile: replaces the text, and keeps mode and links") {
  Rig rig;
  Write(rig.path, "old\n");
  chmod(rig.path.c_str(), 0664);
  const std::string link = rig.dir.path() + "/link";
  fs::create_symlink("hosts", link);
  Result<ManagedFile> file = ManagedFile::Open({link}, milliseconds(0));
  REQUIRE(file.ok());
  CHECK(file->path() == fs::canonical(rig.path));
  CHECK(file->text() == "old\n");
  REQUIRE(file->Replace("new\n").ok());
  CHECK(Read(rig.path) == "new\n");
  CHECK(file->text() == "new\n");
  CHECK(fs::is_symlink(link));
  struct stat info;
  REQUIRE(stat(rig.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0664);
  CHECK(NamesIn(rig.dir.path()) == std::set<std::string>{"hosts", "link"});
  // Once more with the same object: what it remembers is the new file.
  CHECK(file->Replace("newer\n").ok());
}

TEST_CASE("ManagedFile: the same text is not written") {
  Rig rig;
  Write(rig.path, "old\n");
  struct stat before;
  REQUIRE(stat(rig.path.c_str(), &before) == 0);
  REQUIRE(rig.Open()->Replace("old\n").ok());
  struct stat after;
  REQUIRE(stat(rig.path.c_str(), &after) == 0);
  CHECK(after.st_ino == before.st_ino);
  CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

TEST_CASE("ManagedFile: what an editor saved meanwhile is not overwritten") {
  Rig rig;
  Write(rig.path, "old\n");
  Result<ManagedFile> file = rig.Open();
  REQUIRE(file.ok());
  Write(rig.path + ".editor", "by hand\n");
  fs::rename(rig.path + ".editor", rig.path);
  CHECK(file->Replace("new\n").code() == Code::kBusy);
  CHECK(Read(rig.path) == "by hand\n");
  CHECK(NamesIn(rig.dir.path()) == std::set<std::string>{"hosts"});
}

TEST_CASE("ManagedFile: one at a time") {
  Rig rig;
  Write(rig.path, "old\n");
  {
    const Result<ManagedFile> first = rig.Open();
    REQUIRE(first.ok());
    CHECK(rig.Open().status().code() == Code::kBusy);
  }
  CHECK(rig.Open().ok());
}

TEST_CASE("ManagedFile: refuses what is no such file") {
  Rig rig;
  CHECK(rig.Open().status().code() == Code::kNotFound);
  fs::create_directory(rig.path);
  CHECK(rig.Open().status().code() == Code::kInvalid);
  fs::remove(rig.path);
  Write(rig.path, std::string(ManagedFile::kMaxBytes + 1, 'x'));
  CHECK(rig.Open().status().code() == Code::kInvalid);
}

TEST_CASE("ManagedFile: keeps texts beside it") {
  Rig rig;
  Write(rig.path, "old\n");
  Result<ManagedFile> file = rig.Open();
  REQUIRE(file.ok());
  CHECK(file->Kept("previous").value() == std::nullopt);
  REQUIRE(file->Keep("previous", "one").ok());
  REQUIRE(file->Keep("previous", "").ok());
  CHECK(file->Kept("previous").value() == "");
  CHECK(NamesIn(rig.dir.path()) == std::set<std::string>{"hosts", ".hosts.audiodl-previous"});
}

TEST_CASE("ManagedFile: a write in place that was cut anywhere is finished by the next") {
  const std::string pairs[][2] = {
      {"127.0.0.1 localhost\nold block\nprinter\n",
       "127.0.0.1 localhost\na longer block\nprinter\n"},
      {"127.0.0.1 localhost\na longer block\nprinter\n", "127.0.0.1 localhost\nold\nprinter\n"},
      {"same\n", "same\nand more\n"},
      {"same\nand more\n", "same\n"},
  };
  for (const auto& [before, after] : pairs) {
    for (size_t cut = 0; cut <= after.size(); ++cut) {
      CAPTURE(before, after, cut);
      Rig rig;
      const std::string rest = cut < before.size() ? before.substr(cut) : "";
      const std::string torn = after.substr(0, cut) + rest;
      Write(rig.path, torn);
      rig.Journal(before, after);
      const Result<ManagedFile> file = rig.Open();
      REQUIRE(file.ok());
      CHECK(file->repaired() == (torn != before && torn != after));
      CHECK(file->text() == (torn == before ? before : after));
      CHECK(Read(rig.path) == file->text());
      CHECK(NamesIn(rig.dir.path()) == std::set<std::string>{"hosts"});
    }
  }
}

TEST_CASE("ManagedFile: a journal that has nothing to do with the file is thrown away") {
  Rig rig;
  Write(rig.path, "edited by hand\n");
  for (const std::string& journal : {std::string("4\nold\nnew\n"), std::string("99\nold\n"),
                                     std::string(), std::string("x\n")}) {
    CAPTURE(journal);
    Write(rig.dir.path() + "/.hosts.audiodl-inplace", journal);
    const Result<ManagedFile> file = rig.Open();
    REQUIRE(file.ok());
    CHECK_FALSE(file->repaired());
    CHECK(Read(rig.path) == "edited by hand\n");
    CHECK(NamesIn(rig.dir.path()) == std::set<std::string>{"hosts"});
  }
}

}  // namespace
}  // namespace audiodl
