// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/new_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/base/file_io.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

size_t EntriesOf(const std::string& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                           std::filesystem::directory_iterator()));
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST_CASE("NewFile: nothing is there before Commit, all of it after") {
  const TempDir dir;
  const std::string path = dir.path() + "/a/b/file";
  Result<NewFile> file = NewFile::Create(path);
  REQUIRE(file.ok());
  REQUIRE(file->Append("one").ok());
  REQUIRE(file->Append("two").ok());
  CHECK(access(path.c_str(), F_OK) != 0);
  REQUIRE(file->Commit().ok());
  CHECK(ReadWholeFile(path, 100).value() == "onetwo");
  CHECK(EntriesOf(dir.path() + "/a/b") == 1);
}

TEST_CASE("NewFile: what is not committed leaves nothing") {
  const TempDir dir;
  { REQUIRE(NewFile::Create(dir.path() + "/file")->Append("x").ok()); }
  CHECK(EntriesOf(dir.path()) == 0);
}

TEST_CASE("NewFile: modes do not depend on the umask") {
  const TempDir dir;
  const mode_t before = umask(0077);
  const Status written = WriteNewFile(dir.path() + "/folder/file", "x", 0640);
  umask(before);
  REQUIRE(written.ok());
  CHECK(ModeOf(dir.path() + "/folder/file") == 0640);
  CHECK(ModeOf(dir.path() + "/folder") == 0755);
}

TEST_CASE("NewFile: what root makes in somebody's folder is theirs") {
  const TempDir dir;
  const bool is_root = geteuid() == 0;
  const uid_t user = is_root ? 65534 : geteuid();
  const gid_t group = is_root ? 65533 : getegid();
  REQUIRE(chown(dir.path().c_str(), user, group) == 0);
  REQUIRE(WriteNewFile(dir.path() + "/a/b/file", "x", 0640).ok());
  REQUIRE(MakeFolders(dir.path() + "/c/d").ok());
  for (const char* name : {"a", "a/b", "a/b/file", "c", "c/d"}) {
    CAPTURE(name);
    struct stat info = {};
    REQUIRE(stat(dir.Of(name).c_str(), &info) == 0);
    CHECK(info.st_uid == user);
    CHECK(info.st_gid == group);
  }
  CHECK(ModeOf(dir.Of("a/b/file")) == 0640);
}

TEST_CASE("MakeFolders: who shares a folder of a group's shares what is made in it") {
  const TempDir dir;
  REQUIRE(chmod(dir.path().c_str(), 02775) == 0);
  REQUIRE(MakeFolders(dir.Of("a/b")).ok());
  CHECK(ModeOf(dir.Of("a/b")) == 02775);
  REQUIRE(chmod(dir.path().c_str(), 0777) == 0);  // everybody is no group
  REQUIRE(MakeFolders(dir.Of("c")).ok());
  CHECK(ModeOf(dir.Of("c")) == 0775);
}

TEST_CASE("NewFile: CommitIfAbsent keeps what is there") {
  const TempDir dir;
  REQUIRE(WriteNewFile(dir.path() + "/file", "first").ok());
  Result<NewFile> file = NewFile::Create(dir.path() + "/file");
  REQUIRE(file->Append("second").ok());
  CHECK(file->CommitIfAbsent().code() == Code::kChanged);
  CHECK(ReadWholeFile(dir.path() + "/file", 100).value() == "first");
}

TEST_CASE("RemoveDeadNewFiles: takes what nobody holds, and only that") {
  const TempDir dir;
  const std::string dead = dir.path() + "/.audiodl-aBc012.part";
  REQUIRE(WriteNewFile(dir.path() + "/kept", "x").ok());
  REQUIRE(WriteNewFile(dead, "left by somebody who was killed").ok());
  const Result<NewFile> living = NewFile::Create(dir.path() + "/other");
  REQUIRE(living.ok());
  CHECK(RemoveDeadNewFiles(dir.path()).value() == 1);
  CHECK(access(dead.c_str(), F_OK) != 0);
  CHECK(EntriesOf(dir.path()) == 2);
  CHECK(RemoveDeadNewFiles(dir.path() + "/no-such").value() == 0);
}

TEST_CASE("IsNewFileName: no name of an operator's") {
  CHECK(IsNewFileName(".audiodl-aBc012.part"));
  CHECK_FALSE(IsNewFileName(".audiodl.json"));
  CHECK_FALSE(IsNewFileName(".audiodl-.part"));
  CHECK_FALSE(IsNewFileName("audiodl-aBc012.part"));
}

TEST_CASE("MakeFolders: a file in the way is named") {
  const TempDir dir;
  REQUIRE(WriteNewFile(dir.path() + "/file", "x").ok());
  const Status status = MakeFolders(dir.path() + "/file/folder");
  CHECK(status.text().find(dir.path() + "/file") != std::string::npos);
}

}  // namespace
}  // namespace audiodl
