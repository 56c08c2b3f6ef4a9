// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/directory_step.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

BootstrapStep Step(const std::string& path, mode_t mode) {
  BootstrapStep step;
  step.kind = BootstrapStep::Kind::kDirectory;
  step.name = path;
  step.mode = mode;
  return step;
}

mode_t ModeOf(const std::string& path) {
  struct stat info;
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

TEST_CASE("DirectoryStep: makes it with all above it, once") {
  const TempDir dir;
  const BootstrapStep step = Step(dir.Of("a/b/c"), 02750);
  CHECK(FindDirectoryWork(step).value() == "make it");
  REQUIRE(DoDirectoryWork(step).ok());
  CHECK(ModeOf(dir.Of("a/b/c")) == 02750);
  CHECK(ModeOf(dir.Of("a/b")) == 0755);
  CHECK(FindDirectoryWork(step).value().empty());
  REQUIRE(DoDirectoryWork(step).ok());
}

TEST_CASE("DirectoryStep: mends the mode and leaves the rest") {
  const TempDir dir;
  fs::create_directory(dir.Of("a"));
  std::ofstream(dir.Of("a/file")) << "x";
  chmod(dir.Of("a").c_str(), 0777);
  const BootstrapStep step = Step(dir.Of("a"), 0700);
  CHECK(FindDirectoryWork(step).value() == "change its mode to 0700");
  REQUIRE(DoDirectoryWork(step).ok());
  CHECK(ModeOf(dir.Of("a")) == 0700);
  CHECK(fs::exists(dir.Of("a/file")));
}

TEST_CASE("DirectoryStep: what is in its place is not touched") {
  const TempDir dir;
  std::ofstream(dir.Of("file")) << "x";
  fs::create_directory(dir.Of("elsewhere"));
  fs::create_directory_symlink(dir.Of("elsewhere"), dir.Of("link"));
  for (const char* name : {"file", "link"}) {
    CAPTURE(name);
    const BootstrapStep step = Step(dir.Of(name), 0700);
    CHECK(FindDirectoryWork(step).status().code() == Code::kInvalid);
    CHECK_FALSE(DoDirectoryWork(step).ok());
  }
  CHECK(ModeOf(dir.Of("elsewhere")) != 0700);
}

TEST_CASE("DirectoryStep: a user or group that is not there is told") {
  const TempDir dir;
  BootstrapStep step = Step(dir.Of("a"), 0755);
  step.owner = "no-such-user";
  CHECK(FindDirectoryWork(step).status().text() == "there is no user no-such-user");
  step.owner.clear();
  step.group = "no-such-group";
  CHECK(DoDirectoryWork(step).code() == Code::kInvalid);
  CHECK_FALSE(fs::exists(dir.Of("a")));
}

}  // namespace
}  // namespace audiodl
