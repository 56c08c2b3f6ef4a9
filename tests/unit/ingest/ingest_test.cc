// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/ingest.h"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "common/base/digest.h"
#include "common/base/unique_fd.h"
#include "common/ingest/book_claim.h"
#include "common/ingest/checksum_list.h"
#include "common/ingest/media_file.h"
#include "tests/unit/audio/mp3_sample.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

// A drop folder, and a shop that notes what is published.
class Drop {
 public:
  Drop() {
    fs::create_directory(dir_.Of("drop"));
    context.drop = dir_.Of("drop");
    context.tree = dir_.Of("tree");
    context.publish = [this](const std::string& book,
                             const std::vector<std::string>& files) -> PublishEnd {
      if (!answer.ok()) return answer;
      for (const std::string& file : files) {
        std::ifstream in(file, std::ios::binary);
        shop[book + "/" + file.substr(file.rfind('/') + 1)] =
            std::string(std::istreambuf_iterator<char>(in), {});
      }
      return Status::Ok();
    };
    context.tell = [this](DropEvent event, const std::string& path, const std::string& text) {
      told[path] = std::string(EventName(event)) + (text.empty() ? "" : ": ") + text;
    };
  }

  void Write(const std::string& name, const std::string& bytes) {
    const std::string path = dir_.Of("drop/" + name);
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  // As it looks so many seconds after the last upload.
  Status Run(int64_t later = 120) {
    told.clear();
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    context.now = (int64_t{now.tv_sec} + later) * 1000000000 + now.tv_nsec;
    return Ingest(context);
  }
  bool Has(const std::string& name) const { return fs::exists(dir_.Of(name)); }
  std::string Told(const std::string& path) const {
    const auto found = told.find(path);
    return found == told.end() ? "" : found->second;
  }
  std::string Reason(const std::string& name) const {
    std::ifstream in(dir_.Of("drop/failed/" + name + ".reason.txt"));
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  TempDir dir_;
  IngestContext context;
  PublishEnd answer = Status::Ok();
  std::map<std::string, std::string> shop;
  std::map<std::string, std::string> told;
};

const std::string kGood = SilentFrames(20);
const std::string kCut = kGood.substr(0, kGood.size() - 100);

TEST_CASE("Ingest: a quiet and whole book is published, and its folder goes") {
  Drop drop;
  drop.Write("books/fantasy/dune/01.mp3", kGood);
  drop.Write("books/fantasy/dune/02.mp3", kGood + SilentFrame());
  drop.Write("books/fantasy/dune/.DS_Store", "junk");
  drop.Write("books/fantasy/dune/Thumbs.db", "junk");
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/fantasy/dune") == "published");
  CHECK(drop.shop ==
        std::map<std::string, std::string>{{"fantasy/dune/01.mp3", kGood},
                                           {"fantasy/dune/02.mp3", kGood + SilentFrame()}});
  CHECK_FALSE(drop.Has("drop/.audiodl-ingest/books/fantasy"));
  // Its uploader may have more, until nothing has come for long.
  CHECK(drop.Has("drop/books/fantasy/dune"));
  drop.Write("books/other/Thumbs.db", "junk");
  REQUIRE(drop.Run(3700).ok());
  CHECK(fs::is_empty(drop.dir_.Of("drop/books")));
}

TEST_CASE("Ingest: an upload that may go on is waited for") {
  Drop drop;
  drop.Write("books/b/01.mp3", kGood);
  REQUIRE(drop.Run(10).ok());
  CHECK(drop.Told("books/b") == "waiting: its upload may go on");
  drop.Write("books/b/02.mp3.filepart", kGood);
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/b") == "waiting: 02.mp3.filepart: it is being uploaded");
  fs::rename(drop.dir_.Of("drop/books/b/02.mp3.filepart"), drop.dir_.Of("drop/books/b/02.mp3"));
  {
    const UniqueFd writer(open(drop.dir_.Of("drop/books/b/02.mp3").c_str(), O_WRONLY));
    REQUIRE(drop.Run().ok());
    CHECK(drop.Told("books/b") == "waiting: 02.mp3: it is being written");
  }
  CHECK(drop.shop.empty());
  REQUIRE(drop.Run().ok());
  CHECK(drop.shop.size() == 2);
}

TEST_CASE("Ingest: a cut file is waited for, and given up after a while with its reason") {
  Drop drop;
  drop.Write("books/b/01.mp3", kGood);
  drop.Write("books/b/02.mp3", kCut);
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/b").starts_with("waiting: 02.mp3: "));
  CHECK(drop.Has("drop/.audiodl-ingest/broken"));
  REQUIRE(drop.Run(1800).ok());
  CHECK(drop.Told("books/b").starts_with("waiting: 02.mp3: "));
  REQUIRE(drop.Run(3700).ok());
  CHECK(drop.Told("books/b").starts_with("failed: 02.mp3: "));
  CHECK(drop.shop.empty());
  CHECK(drop.Has("drop/failed/books/b/01.mp3"));
  CHECK(drop.Has("drop/failed/books/b/02.mp3"));
  CHECK(drop.Reason("books/b").find("02.mp3: ") != std::string::npos);
  CHECK_FALSE(drop.Has("drop/books/b/01.mp3"));
}

TEST_CASE("Ingest: a cut file that is resumed is published") {
  Drop drop;
  drop.Write("books/b/01.mp3", kCut);
  REQUIRE(drop.Run().ok());
  std::ofstream(drop.dir_.Of("drop/books/b/01.mp3"), std::ios::app) << kGood.substr(kCut.size());
  REQUIRE(drop.Run().ok());
  CHECK(drop.shop.at("b/01.mp3") == kGood);
}

TEST_CASE("Ingest: a file done means at once, and that what is cut is a failure") {
  for (const char* name : {"done", ".done"}) {
    Drop drop;
    drop.Write("books/good/01.mp3", kGood);
    drop.Write(std::string("books/good/") + name, "");
    drop.Write("books/cut/01.mp3", kCut);
    drop.Write(std::string("books/cut/") + name, "");
    REQUIRE(drop.Run(0).ok());
    CHECK(drop.shop.size() == 1);
    CHECK(drop.Told("books/good") == "published");
    CHECK(drop.Told("books/cut").starts_with("failed: 01.mp3: "));
    CHECK_FALSE(drop.Has("drop/books/good"));
  }
}

TEST_CASE("Ingest: SHA256SUMS says what belongs to a book, and when it is there") {
  Drop drop;
  const auto line = [](const std::string& bytes, const std::string& name) {
    return HexEncode(Sha256Of(bytes)) + "  " + name + "\n";
  };
  drop.Write("books/b/SHA256SUMS", line(kGood, "01.mp3") + line(kGood, "02.mp3"));
  drop.Write("books/b/01.mp3", kGood);
  REQUIRE(drop.Run(0).ok());
  CHECK(drop.Told("books/b") == "waiting: 02.mp3: it is named by SHA256SUMS and has not come");
  // Whole frames, but not all of them: only the digest can tell.
  drop.Write("books/b/02.mp3", SilentFrames(10));
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/b").starts_with("waiting: 02.mp3: it is not what SHA256SUMS says"));
  drop.Write("books/b/02.mp3", kGood);
  drop.Write("books/b/03.mp3", kGood);
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/b") == "waiting: 03.mp3: SHA256SUMS does not name it");
  fs::remove(drop.dir_.Of("drop/books/b/03.mp3"));
  REQUIRE(drop.Run(0).ok());
  CHECK(drop.Told("books/b") == "published");
  CHECK(drop.shop.size() == 2);
  CHECK_FALSE(drop.Has("drop/books/b"));
}

TEST_CASE("Ingest: what cannot be published goes to failed, what could not yet is kept") {
  Drop drop;
  drop.Write("books/b/01.mp3", kGood);
  drop.answer = Status(Code::kUnreachable, "S3 does not answer");
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/b") == "trouble: S3 does not answer");
  // What is uploaded meanwhile is another upload.
  drop.Write("books/b/01.mp3", kGood + SilentFrame());
  REQUIRE(drop.Run().ok());
  CHECK(drop.shop.empty());
  drop.answer = Status::Ok();
  REQUIRE(drop.Run().ok());
  CHECK(drop.shop.at("b/01.mp3") == kGood);
  REQUIRE(drop.Run().ok());
  CHECK(drop.shop.at("b/01.mp3") == kGood + SilentFrame());

  drop.Write("books/c/01.mp3", kGood);
  drop.answer = PublishEnd::Refused(Status::Invalid("01.mp3: its name is wrong"));
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/c") == "failed: 01.mp3: its name is wrong");
  CHECK(drop.Reason("books/c").find("its name is wrong") != std::string::npos);
  drop.Write("books/c/01.mp3", kGood);
  REQUIRE(drop.Run().ok());
  CHECK(drop.Has("drop/failed/books/c.2/01.mp3"));
  CHECK_FALSE(drop.Reason("books/c.2").empty());
}

// What a run throws that is as good as killed there.
struct Killed {};

TEST_CASE("Ingest: no upload's name is taken for the state of a claim") {
  for (const char* name : {".published", ".failed", ".claim", ".out", ".files"}) {
    for (const bool is_refused : {false, true}) {
      CAPTURE(name, is_refused);
      Drop drop;
      drop.Write("books/b/01.mp3", kGood);
      drop.Write(std::string("books/b/") + name, "an uploader's");
      drop.answer = Status(Code::kUnreachable, "S3 does not answer");
      for (int run = 0; run < 2; ++run) {
        REQUIRE(drop.Run().ok());
        CHECK(drop.Told("books/b") == "trouble: S3 does not answer");
      }
      CHECK_FALSE(drop.Has("drop/failed"));
      if (is_refused) {
        drop.answer = PublishEnd::Refused(Status::Invalid("01.mp3: its name is wrong"));
        REQUIRE(drop.Run().ok());
        CHECK(drop.Told("books/b") == "failed: 01.mp3: its name is wrong");
        CHECK(drop.Has("drop/failed/books/b/01.mp3"));
        CHECK(drop.Has(std::string("drop/failed/books/b/") + name));
        CHECK(drop.Reason("books/b").find("its name is wrong") != std::string::npos);
      } else {
        drop.answer = Status::Ok();
        REQUIRE(drop.Run().ok());
        CHECK(drop.Told("books/b") == "published");
        CHECK(drop.shop == std::map<std::string, std::string>{{"b/01.mp3", kGood}});
      }
      CHECK(fs::is_empty(drop.dir_.Of("drop/books/b")));
      CHECK(fs::is_empty(drop.dir_.Of("drop/.audiodl-ingest/books")));
    }
  }
}

TEST_CASE("Ingest: a book that is sent again while others are published is published whole") {
  Drop drop;
  for (const char* book : {"a", "b"}) {
    drop.Write(std::string("books/") + book + "/01.mp3", kGood);
    drop.Write(std::string("books/") + book + "/02.mp3", kGood);
  }
  const auto publish = drop.context.publish;
  std::string other;  // that of both which is published second
  std::ofstream writer;
  drop.context.publish = [&](const std::string& book,
                             const std::vector<std::string>& files) -> PublishEnd {
    if (other.empty()) {
      other = book == "a" ? "b" : "a";
      writer.open(drop.dir_.Of("drop/books/" + other + "/02.mp3"), std::ios::binary);
      writer << kCut << std::flush;
    }
    return publish(book, files);
  };
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/" + other) == "published");
  CHECK(drop.shop.at(other + "/01.mp3") == kGood);
  CHECK(drop.shop.at(other + "/02.mp3") == kGood);
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/" + other) == "waiting: 02.mp3: it is being written");
  writer << kGood.substr(kCut.size()) << SilentFrame();
  writer.close();
  REQUIRE(drop.Run().ok());
  CHECK(drop.shop.at(other + "/02.mp3") == kGood + SilentFrame());
  CHECK_FALSE(drop.Has("drop/failed"));
}

TEST_CASE("Ingest: what changes between its judgement and its move waits again") {
  const std::string longer = kGood + SilentFrame();
  struct Case {
    const char* when;  // the step that its uploader is faster than
    bool is_open;      // still, when it is moved
  };
  for (const Case& c :
       {Case{"claim", true}, Case{"claim", false}, Case{"take", true}, Case{"take", false}}) {
    CAPTURE(c.when, c.is_open);
    Drop drop;
    drop.Write("books/b/01.mp3", kGood);
    drop.Write("books/b/02.mp3", kGood);
    std::ofstream writer;
    drop.context.on_step = [&](std::string_view step) {
      if (step != c.when || writer.is_open()) return;
      writer.open(drop.dir_.Of("drop/books/b/02.mp3"), std::ios::binary);
      writer << kCut << std::flush;
      if (!c.is_open) writer.close();
    };
    REQUIRE(drop.Run().ok());
    CHECK(drop.Told("books/b") == "waiting: 02.mp3: it has changed while it was looked at");
    CHECK(drop.shop.empty());
    CHECK(fs::is_empty(drop.dir_.Of("drop/.audiodl-ingest/books")));
    drop.context.on_step = {};
    REQUIRE(drop.Run().ok());
    CHECK(drop.Told("books/b").starts_with("waiting: 02.mp3: "));
    writer.close();
    drop.Write("books/b/02.mp3", longer);
    REQUIRE(drop.Run().ok());
    CHECK(drop.shop ==
          std::map<std::string, std::string>{{"b/01.mp3", kGood}, {"b/02.mp3", longer}});
    CHECK_FALSE(drop.Has("drop/failed"));
  }
}

TEST_CASE("Ingest: a file that is opened for writing and not yet changed is not taken") {
  for (const char* when : {"claim", "take"}) {
    CAPTURE(when);
    Drop drop;
    drop.Write("books/b/01.mp3", kGood);
    drop.Write("books/b/02.mp3", kGood);
    UniqueFd writer;
    drop.context.on_step = [&](std::string_view step) {
      if (step != when || writer.valid()) return;
      writer = UniqueFd(open(drop.dir_.Of("drop/books/b/02.mp3").c_str(), O_WRONLY));
    };
    REQUIRE(drop.Run().ok());
    CHECK(drop.Told("books/b") == "waiting: 02.mp3: it is being written");
    CHECK(drop.Has("drop/books/b/01.mp3"));
    CHECK(drop.Has("drop/books/b/02.mp3"));
    drop.context.on_step = {};
    writer.Reset();
    REQUIRE(drop.Run().ok());
    CHECK(drop.shop.size() == 2);
  }
}

TEST_CASE("Ingest: killed, and parts are sent again before the next run: all of it is published") {
  const std::string again = kGood + SilentFrame();
  const std::vector<std::vector<std::string>> resent = {
      {"01.mp3"}, {"02.mp3"}, {"01.mp3", "02.mp3"}};
  int replaced = 0;
  for (const std::vector<std::string>& names : resent) {
    bool killed = true;
    for (int step = 0; killed; ++step) {
      CAPTURE(names.front(), names.size(), step);
      Drop drop;
      drop.Write("books/b/01.mp3", kGood);
      drop.Write("books/b/02.mp3", kGood);
      int left = step;
      drop.context.on_step = [&](std::string_view) {
        if (left-- == 0) throw Killed();
      };
      killed = false;
      try {
        (void)drop.Run();
      } catch (const Killed&) {
        killed = true;
      }
      for (const std::string& name : names) drop.Write("books/b/" + name, kCut);
      // And killed once more, in what comes first then.
      left = step % 4;
      try {
        (void)drop.Run();
      } catch (const Killed&) {
      }
      drop.context.on_step = {};
      REQUIRE(drop.Run().ok());
      for (const auto& [name, bytes] : drop.shop) CHECK(bytes == kGood);
      std::map<std::string, std::string> all = {{"b/01.mp3", kGood}, {"b/02.mp3", kGood}};
      for (const std::string& name : names) {
        drop.Write("books/b/" + name, again);
        all["b/" + name] = again;
      }
      for (int run = 0; run < 2; ++run) REQUIRE(drop.Run().ok());
      CHECK(drop.shop == all);
      CHECK(fs::is_empty(drop.dir_.Of("drop/.audiodl-ingest/books")));
      CHECK(fs::is_empty(drop.dir_.Of("drop/books/b")));
      // Only a file that was taken already, and could not go back beside a newer one.
      CHECK_FALSE(drop.Has("drop/failed/books/b.reason.txt"));
      if (!drop.Has("drop/failed")) continue;
      ++replaced;
      CHECK_FALSE(drop.Reason("books/b/01.mp3").empty());
    }
  }
  CHECK(replaced > 0);
}

TEST_CASE("Ingest: a book that is to fail is not published by the run after one that was killed") {
  bool killed = true;
  for (int step = 0; killed; ++step) {
    CAPTURE(step);
    Drop drop;
    drop.Write("books/b/SHA256SUMS", HexEncode(Sha256Of(kGood)) + "  01.mp3\n" +
                                         HexEncode(Sha256Of(kGood)) + "  02.mp3\n");
    drop.Write("books/b/01.mp3", kGood);
    int left = step;
    drop.context.on_step = [&](std::string_view) {
      if (left-- == 0) throw Killed();
    };
    killed = false;
    try {
      (void)drop.Run(3700);
    } catch (const Killed&) {
      killed = true;
    }
    drop.context.on_step = {};
    REQUIRE(drop.Run(3700).ok());
    CHECK(drop.shop.empty());
    CHECK(drop.Has("drop/failed/books/b/01.mp3"));
    CHECK(drop.Reason("books/b").find("02.mp3: it is named by SHA256SUMS") != std::string::npos);
  }
}

TEST_CASE("Ingest: whatever code trouble of the shop's has, no upload fails by it") {
  for (const Code code : {Code::kInvalid, Code::kCorrupt, Code::kNotFound, Code::kForbidden}) {
    CAPTURE(CodeName(code));
    Drop drop;
    drop.Write("books/b/01.mp3", kGood);
    drop.answer = Status(code, "of the shop's");
    for (int run = 0; run < 2; ++run) {
      REQUIRE(drop.Run().ok());
      CHECK(drop.Told("books/b") == "trouble: of the shop's");
      CHECK_FALSE(drop.Has("drop/failed"));
    }
    drop.answer = Status::Ok();
    REQUIRE(drop.Run().ok());
    CHECK(drop.shop.at("b/01.mp3") == kGood);
  }
}

TEST_CASE("Ingest: a book within a book is a book of its own") {
  Drop drop;
  drop.Write("books/a/01.mp3", kGood);
  drop.Write("books/a/b/01.mp3", kGood);
  REQUIRE(drop.Run().ok());
  CHECK(drop.shop.size() == 2);
  CHECK(drop.Told("books/a") == "published");
  CHECK(drop.Told("books/a/b") == "published");
}

TEST_CASE("Ingest: samples, podcasts and images go into the tree, and nowhere else") {
  using namespace std::string_literals;
  Drop drop;
  const std::string jpeg = "\xff\xd8\xff\xe0 image image image \xff\xd9"s;
  drop.Write("samples/dune/teaser.mp3", kGood);
  drop.Write("images/cover.jpg", jpeg);
  drop.Write("podcasts/feed.xml", "<rss></rss>\n");
  drop.Write("samples/cut.mp3", kCut);
  drop.Write("images/cut.jpg", jpeg.substr(0, 20));
  drop.Write("images/x.php", "<?php");
  drop.Write("images/y.php.jpg", jpeg);
  drop.Write("loose.mp3", kGood);
  drop.Write("music/01.mp3", kGood);
  drop.Write("books/01.mp3", kGood);
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("samples/dune/teaser.mp3") == "moved");
  CHECK(drop.Told("images/cover.jpg") == "moved");
  CHECK(drop.Told("podcasts/feed.xml") == "moved");
  std::set<std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(drop.context.tree)) {
    if (entry.is_regular_file()) {
      tree.insert(fs::relative(entry.path(), drop.context.tree).string());
    }
  }
  CHECK(tree ==
        std::set<std::string>{"samples/dune/teaser.mp3", "images/cover.jpg", "podcasts/feed.xml"});
  CHECK_FALSE(drop.Has("drop/images/cover.jpg"));
  CHECK(drop.Told("samples/cut.mp3").starts_with("waiting: "));
  CHECK(drop.Told("images/cut.jpg") == "waiting: the JPEG image is cut");
  for (const char* name :
       {"images/x.php", "images/y.php.jpg", "loose.mp3", "music/01.mp3", "books/01.mp3"}) {
    INFO(name);
    CHECK(drop.Told(name).starts_with("failed: "));
    CHECK(drop.Has(std::string("drop/failed/") + name));
    CHECK_FALSE(drop.Reason(name).empty());
  }
  CHECK(drop.shop.empty());
  REQUIRE(drop.Run(3700).ok());
  CHECK(drop.Told("images/cut.jpg") == "failed: the JPEG image is cut; nothing came for too long");
}

TEST_CASE("Ingest: a claim is gone on with from wherever it was left") {
  // Each is what a run that was killed may leave.
  struct Case {
    const char* what;
    std::function<void(Drop&)> leave;
    size_t published;
  };
  const std::string work = "drop/.audiodl-ingest/books/b/";
  const auto put = [&](Drop& drop, const std::string& name, const std::string& bytes) {
    const std::string path = drop.dir_.Of(name);
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  };
  const std::string claim("+01.mp3\0+02.mp3\0-done\0", 22);
  const Case cases[] = {
      {"nothing moved",
       [&](Drop& drop) {
         put(drop, work + ".claim", claim);
         put(drop, "drop/books/b/01.mp3", kGood);
         put(drop, "drop/books/b/02.mp3", kGood);
         put(drop, "drop/books/b/done", "");
       },
       2},
      {"one moved",
       [&](Drop& drop) {
         put(drop, work + ".claim", claim);
         put(drop, work + "01.mp3", kGood);
         put(drop, "drop/books/b/02.mp3", kGood);
       },
       2},
      {"one moved, by the version before, and uploads that are named like our state",
       [&](Drop& drop) {
         put(drop, work + ".claim", claim);
         put(drop, work + "01.mp3", kGood);
         put(drop, work + "02.mp3", kGood);
         put(drop, work + ".published", "an uploader's");
         put(drop, work + ".out", "an uploader's");
       },
       2},
      {"published, not cleaned up",
       [&](Drop& drop) {
         put(drop, work + ".published", claim);
         put(drop, work + ".files/02.mp3", kGood);
         put(drop, work + ".files/.published", "an uploader's");
       },
       0},
      {"published by the version before, not cleaned up",
       [&](Drop& drop) {
         put(drop, work + ".published", claim);
         put(drop, work + "02.mp3", kGood);
       },
       0},
      {"failed, not moved",
       [&](Drop& drop) {
         put(drop, work + ".claim", claim);
         put(drop, work + ".failed", "why");
         put(drop, work + ".files/01.mp3", kGood);
         put(drop, work + ".files/02.mp3", kGood);
       },
       0},
      {"failed by the version before, one moved out",
       [&](Drop& drop) {
         put(drop, work + ".claim", claim);
         put(drop, work + ".failed", "why");
         put(drop, work + "01.mp3", kGood);
         put(drop, work + ".out/02.mp3", kGood);
       },
       0},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    Drop drop;
    // And what one left that was killed after its last step but one.
    put(drop, "drop/.audiodl-ingest/books/a/b/.audiodl-Ab12Cd.part", "half a claim");
    fs::create_directories(drop.dir_.Of("drop/.audiodl-ingest/books/c/.out"));
    fs::create_directories(drop.dir_.Of("drop/.audiodl-ingest/books/d/.files"));
    c.leave(drop);
    REQUIRE(drop.Run(0).ok());
    CHECK(drop.shop.size() == c.published);
    CHECK_FALSE(drop.Has("drop/books/b/01.mp3"));
    CHECK_FALSE(drop.Has("drop/books/b/02.mp3"));
    CHECK(fs::is_empty(drop.dir_.Of("drop/.audiodl-ingest/books")));
    if (std::string(c.what).starts_with("failed")) {
      CHECK(drop.Has("drop/failed/books/b/01.mp3"));
      CHECK(drop.Has("drop/failed/books/b/02.mp3"));
      CHECK(drop.Reason("books/b").find("why") != std::string::npos);
    }
  }
}

TEST_CASE("Ingest: a dry run tells and touches nothing") {
  Drop drop;
  drop.Write("books/b/01.mp3", kGood);
  drop.Write("images/x.php", "<?php");
  drop.Write("samples/x.mp3", kGood);
  drop.context.dry_run = true;
  REQUIRE(drop.Run().ok());
  CHECK(drop.Told("books/b") == "published");
  CHECK(drop.Told("images/x.php").starts_with("failed"));
  CHECK(drop.Told("samples/x.mp3") == "moved");
  CHECK(drop.shop.empty());
  CHECK(drop.Has("drop/books/b/01.mp3"));
  CHECK(drop.Has("drop/images/x.php"));
  CHECK(drop.Has("drop/samples/x.mp3"));
  CHECK_FALSE(drop.Has("drop/failed"));
  CHECK_FALSE(drop.Has("drop/.audiodl-ingest"));
  CHECK_FALSE(drop.Has("tree"));
}

TEST_CASE("Ingest: one at a time, and never in a folder that is not there") {
  Drop drop;
  Status inner;
  drop.Write("books/b/01.mp3", kGood);
  drop.context.publish = [&](const std::string&, const std::vector<std::string>&) -> PublishEnd {
    inner = Ingest(drop.context);
    return Status::Ok();
  };
  REQUIRE(drop.Run().ok());
  CHECK(inner.code() == Code::kBusy);
  drop.context.drop = drop.dir_.Of("none");
  CHECK(drop.Run().code() == Code::kNotFound);
}

TEST_CASE("CheckMediaName: only what may be shown to everybody") {
  struct Case {
    MediaKind kind;
    const char* path;
    bool ok;
  };
  for (const Case& c :
       {Case{MediaKind::kImages, "a/cover.JPG", true}, Case{MediaKind::kImages, "cover.svg", false},
        Case{MediaKind::kImages, "cover", false}, Case{MediaKind::kImages, ".htaccess", false},
        Case{MediaKind::kImages, "a/../b.jpg", false},
        Case{MediaKind::kImages, "x.PHP8.jpg", false},
        Case{MediaKind::kImages, "Vol. 1.2 final.jpg", true},
        Case{MediaKind::kSamples, "x.mp3", true}, Case{MediaKind::kSamples, "x.jpg", false},
        Case{MediaKind::kSamples, "x.html.mp3", false},
        Case{MediaKind::kSamples, "caf\xe9.mp3", false},
        Case{MediaKind::kPodcasts, "feed.xml", true},
        Case{MediaKind::kPodcasts, "feed.html", false}}) {
    INFO(c.path);
    CHECK(CheckMediaName(c.kind, c.path).ok() == c.ok);
  }
}

TEST_CASE("ParseChecksumList: what sha256sum writes, and a complaint about all else") {
  const std::string digest(64, 'a');
  const auto list = ParseChecksumList(digest + "  01.mp3\n\n" + digest + " *./b c.mp3\r\n");
  REQUIRE(list.ok());
  CHECK(*list == std::map<std::string, std::string>{{"01.mp3", digest}, {"b c.mp3", digest}});
  for (const std::string& bad : {std::string(), std::string("\n"), digest, digest + "  ",
                                 digest + " x", digest.substr(1) + "  x",
                                 digest + "  x\n" + digest + "  x", std::string(64, 'g') + "  x"}) {
    INFO(bad);
    CHECK_FALSE(ParseChecksumList(bad).ok());
  }
}

}  // namespace
}  // namespace audiodl
