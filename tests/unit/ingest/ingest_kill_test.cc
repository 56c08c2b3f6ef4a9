// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An ingest that publishes, moves and fails uploads, killed before every single step of its own and
// of the publisher's, each time in a process of its own: nothing is lost, nothing comes twice,
// nothing is listed without its object, and runs after it end where one that was let alone ends.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "common/ingest/ingest.h"
#include "common/stock/listing_time.h"
#include "tests/unit/catch.h"
#include "tests/unit/publish/publish_rig.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

const std::string kOld = SilentFrames(5);
const std::string kOne = SilentFrames(10);
const std::string kTwo = SilentFrames(20);
const std::string kCut = kOne.substr(0, kOne.size() - 100);

std::string BytesOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Paths below a folder, with what is in them.
Files FilesIn(const std::string& folder) {
  Files files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = BytesOf(entry.path());
    }
  }
  return files;
}

// Counts steps of both, and ends the process before one.
class Killer : public PublishObserver {
 public:
  explicit Killer(int at) : left_(at) {}
  void OnStep(PublishStep /*step*/, std::string_view /*name*/) override { Count(); }
  void Count() {
    if (left_-- == 0) raise(SIGKILL);
  }

 private:
  int left_;
};

class Shop {
 public:
  Shop() {
    Write("books/b/01.mp3", kOne);
    Write("books/b/02.mp3", kTwo);
    Write("books/b/done", "");
    Write("books/broken/01.mp3", kCut);
    Write("books/broken/02.mp3", kOne);
    Write("books/broken/done", "");
    // Only the publisher notices: its name is not UTF-8.
    Write("books/named/\xff.mp3", kOne);
    Write("books/named/done", "");
    Write("samples/x/teaser.mp3", kTwo);
    Write("images/shell.php", "<?php");
    Put("tree/samples/x/teaser.mp3", kOld);
  }

  Status Run(Killer& killer) {
    IngestContext context;
    context.drop = rig_.dir().Of("drop");
    context.tree = rig_.dir().Of("tree");
    context.now = NowNanoseconds() + int64_t{120} * 1000000000;
    context.on_step = [&](std::string_view) { killer.Count(); };
    context.tell = [&](DropEvent event, const std::string& path, const std::string& text) {
      if (event == DropEvent::kTrouble) trouble_ += path + ": " + text + "\n";
    };
    context.publish = [&](const std::string& book, const std::vector<std::string>& files) {
      return Publisher(rig_.Place(), killer).Publish({.book = book, .paths = files});
    };
    return Ingest(context);
  }

  // True: killed; false: it came to its end before that step.
  bool RunAndKill(int step) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      Killer killer(step);
      _exit(Run(killer).ok() && trouble_.empty() ? 0 : 1);
    }
    int how = 0;
    REQUIRE(waitpid(child, &how, 0) == child);
    if (WIFSIGNALED(how)) return true;
    REQUIRE(WEXITSTATUS(how) == 0);
    return false;
  }

  void RunToItsEnd() {
    Killer nobody(-1);
    REQUIRE(Run(nobody).text().empty());
    CHECK(trouble_.empty());
  }

  // Every upload is somewhere, whole, and what is listed can be downloaded.
  void CheckBetween() const {
    std::multiset<std::string> all;
    for (const char* top : {"drop", "origin", "tree"}) {
      for (const auto& [path, bytes] : FilesIn(rig_.dir().Of(top))) all.insert(bytes);
    }
    CHECK(all.count(kOne) >= 3);
    CHECK(all.count(kTwo) >= 2);
    CHECK(all.count(kCut) == 1);
    CHECK(all.count("<?php") == 1);
    const Files objects = FilesIn(rig_.dir().Of("origin"));
    for (const auto& [name, bytes] :
         std::map<std::string, std::string>{{"b/01.mp3", kOne}, {"b/02.mp3", kTwo}}) {
      if (fs::exists(rig_.dir().Of("listing/" + name))) CHECK(objects.at(name) == bytes);
    }
    const std::string sample = BytesOf(rig_.dir().Of("tree/samples/x/teaser.mp3"));
    CHECK((sample == kOld || sample == kTwo));
  }

  void CheckEnd() const {
    CHECK(FilesIn(rig_.dir().Of("origin")) == Files{{"b/01.mp3", kOne}, {"b/02.mp3", kTwo}});
    CHECK(FilesIn(rig_.dir().Of("tree")) == Files{{"samples/x/teaser.mp3", kTwo}});
    for (const char* name : {"b/01.mp3", "b/02.mp3"}) {
      CHECK(fs::exists(rig_.dir().Of("listing/" + std::string(name))));
    }
    CHECK_FALSE(fs::exists(rig_.dir().Of("listing/named")));
    Files failed = FilesIn(rig_.dir().Of("drop/failed"));
    for (const char* name : {"books/broken", "books/named", "images/shell.php"}) {
      CHECK_FALSE(failed[std::string(name) + ".reason.txt"].empty());
      failed.erase(std::string(name) + ".reason.txt");
    }
    CHECK(failed == Files{{"books/broken/01.mp3", kCut},
                          {"books/broken/02.mp3", kOne},
                          {"books/broken/done", ""},
                          {"books/named/\xff.mp3", kOne},
                          {"books/named/done", ""},
                          {"images/shell.php", "<?php"}});
    for (const char* folder : {"drop/books", "drop/samples", "drop/images"}) {
      CHECK(FilesIn(rig_.dir().Of(folder)).empty());
    }
    CHECK(FilesIn(rig_.dir().Of("drop/.audiodl-ingest/books")).empty());
  }

 private:
  void Put(const std::string& name, const std::string& bytes) const {
    const fs::path path = rig_.dir().Of(name);
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  void Write(const std::string& name, const std::string& bytes) const {
    Put("drop/" + name, bytes);
  }

  PublishRig rig_;
  std::string trouble_;
};

TEST_CASE("Ingest killed before every step: nothing lost, nothing twice, then completed") {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    Shop shop;
    CAPTURE(step);
    killed = shop.RunAndKill(step);
    shop.CheckBetween();
    shop.RunToItsEnd();
    shop.RunToItsEnd();
    shop.CheckEnd();
  }
  CHECK(step > 40);
}

TEST_CASE("Ingest killed again and again, each time after fewer steps: then completed") {
  bool killed = true;
  for (int step = 3; killed; step += 7) {
    Shop shop;
    CAPTURE(step);
    killed = shop.RunAndKill(step);
    for (int again = std::min(step, 4); again > 0; --again) {
      (void)shop.RunAndKill(again);
      shop.CheckBetween();
    }
    shop.RunToItsEnd();
    shop.RunToItsEnd();
    shop.CheckEnd();
  }
}

}  // namespace
}  // namespace audiodl
