// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_dir_check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

// A directory of mode 0700 named "cache" in a new temporary one.
class CacheDir {
 public:
  CacheDir() {
    char name[] = "/tmp/audiodl-dircheck-XXXXXX";
    base_ = fs::canonical(mkdtemp(name));
    fs::create_directory(path());
    chmod(path().c_str(), 0700);
  }
  ~CacheDir() { fs::remove_all(base_); }

  std::string base() const { return base_; }
  std::string path() const { return base_ + "/cache"; }
  void Write(const std::string& name, std::string_view text) const {
    std::ofstream(path() + "/" + name) << text;
  }
  CacheDirFindings Check(const std::vector<ForeignTree>& trees = {}) const {
    return CheckCacheDir(path(), geteuid(), trees);
  }

 private:
  std::string base_;
};

bool OneProblem(const CacheDirFindings& findings, const std::string& words) {
  INFO((findings.problems.empty() ? "no problem" : findings.problems.front()));
  return findings.problems.size() == 1 &&
         findings.problems.front().find(words) != std::string::npos;
}

TEST_CASE("CheckCacheDir: an empty private directory is good") {
  const CacheDir dir;
  CHECK(dir.Check().problems.empty());
  CHECK(dir.Check().warnings.empty());
}

TEST_CASE("CheckCacheDir: a marked directory is good whatever it holds") {
  const CacheDir dir;
  dir.Write("ab", "an object");
  dir.Write(std::string(kCacheMarkerName), kCacheMarkerText);
  CHECK(dir.Check().problems.empty());
}

TEST_CASE("CheckCacheDir: a new file system's lost+found does not make it foreign") {
  const CacheDir dir;
  fs::create_directory(dir.path() + "/lost+found");
  CHECK(dir.Check().problems.empty());
}

TEST_CASE("CheckCacheDir: somebody else's directory is refused") {
  const CacheDir dir;
  dir.Write("thesis.tex", "years of work");
  CHECK(OneProblem(dir.Check(), "holds thesis.tex"));
}

TEST_CASE("CheckCacheDir: another version's marker, and one that is a link, are refused") {
  const CacheDir dir;
  const std::string marker(kCacheMarkerName);
  dir.Write(marker, "audiodl cache, format 2\n");
  CHECK(OneProblem(dir.Check(), "another version"));
  fs::remove(dir.path() + "/" + marker);
  dir.Write("real", kCacheMarkerText);
  fs::create_symlink(dir.path() + "/real", dir.path() + "/" + marker);
  CHECK(OneProblem(dir.Check(), "no plain file"));
}

TEST_CASE("CheckCacheDir: what is missing, no directory, or a link to one is refused") {
  const CacheDir dir;
  fs::create_symlink(dir.path(), dir.base() + "/link");
  std::ofstream(dir.base() + "/file") << "x";
  CHECK(OneProblem(CheckCacheDir(dir.base() + "/none", geteuid(), {}), "install -d -m 0700"));
  CHECK(OneProblem(CheckCacheDir(dir.base() + "/file", geteuid(), {}), "not a directory"));
  CHECK(OneProblem(CheckCacheDir(dir.base() + "/link", geteuid(), {}), "symbolic link"));
  CHECK(OneProblem(CheckCacheDir("cache", geteuid(), {}), "absolute"));
}

TEST_CASE("CheckCacheDir: the mode must keep other users from writing, and should from reading") {
  const CacheDir dir;
  chmod(dir.path().c_str(), 0702);
  CHECK(OneProblem(dir.Check(), "written by every user"));
  chmod(dir.path().c_str(), 0500);
  CHECK(OneProblem(dir.Check(), "cannot be written by its owner"));
  chmod(dir.path().c_str(), 0755);
  CHECK(dir.Check().problems.empty());
  CHECK(dir.Check().warnings.size() == 1);
  chmod(dir.path().c_str(), 0750);
  CHECK(dir.Check().warnings.empty());
}

TEST_CASE("CheckCacheDir: the owner must be the user the server runs as") {
  const CacheDir dir;
  CHECK(OneProblem(CheckCacheDir(dir.path(), geteuid() + 12345, {}), "chown"));
}

TEST_CASE("CheckCacheDir: no document tree above, below or in place of it, by any name") {
  const CacheDir dir;
  fs::create_symlink(dir.base(), dir.base() + "/alias");
  const struct {
    std::string tree, words;
  } cases[] = {
      {dir.path(), " is the tree"},
      {dir.path() + "/", " is the tree"},
      {dir.base(), " lies in the tree"},
      {dir.base() + "/alias", " lies in the tree"},
      {"/", " lies in the tree"},
      {dir.path() + "/htdocs", " contains the tree"},
      {dir.base() + "/alias/cache/htdocs", " contains the tree"},
  };
  for (const auto& c : cases) {
    INFO(c.tree);
    CHECK(OneProblem(dir.Check({{c.tree, "the tree"}}), c.words));
  }
  CHECK(dir.Check({{dir.base() + "/cache2", "the tree"}}).problems.empty());
  CHECK(dir.Check({{dir.base() + "/ca", "the tree"}}).problems.empty());
}

TEST_CASE("CheckCacheDir: owner and mode are told at once, but not of what is no cache") {
  const CacheDir dir;
  chmod(dir.path().c_str(), 0307);
  CHECK(CheckCacheDir(dir.path(), geteuid() + 12345, {}).problems.size() >= 3);
  CHECK(OneProblem(CheckCacheDir(dir.path(), geteuid() + 12345, {{dir.base(), "the tree"}}),
                   "lies in the tree"));
  chmod(dir.path().c_str(), 0707);
  dir.Write("thesis.tex", "x");
  CHECK(OneProblem(CheckCacheDir(dir.path(), geteuid() + 12345, {}), "holds thesis.tex"));
}

}  // namespace
}  // namespace audiodl
