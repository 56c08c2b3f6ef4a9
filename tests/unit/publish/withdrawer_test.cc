// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/withdrawer.h"

#include "common/publish/book_lock.h"
#include "common/stock/rebuild.h"
#include "common/stock/withdrawn_list.h"
#include "tests/unit/catch.h"
#include "tests/unit/publish/publish_rig.h"

namespace audiodl {
namespace {

// Two chunks for sale.
void Fill(PublishRig& rig) {
  rig.WriteMaster("1.mp3", SilentFrames(10));
  rig.WriteMaster("2.mp3", SilentFrames(20));
  REQUIRE(rig.Publish().ok());
}

TEST_CASE("Withdrawer: one chunk goes, the others stay") {
  PublishRig rig;
  Fill(rig);
  const auto chunks = rig.Erase({.book = PublishRig::kBook, .chunks = {"1.mp3"}});
  REQUIRE(chunks.ok());
  REQUIRE(chunks->size() == 1);
  CHECK(chunks->front().is_listed);
  CHECK(chunks->front().has_object);
  CHECK_FALSE(rig.IsListed("1.mp3"));
  CHECK(rig.Object("1.mp3").empty());
  CHECK(rig.IsListed("2.mp3"));
  CHECK(rig.ReadManifest().Find("1.mp3") == nullptr);
  CHECK(rig.ReadManifest().Find("2.mp3") != nullptr);
}

TEST_CASE("Withdrawer: a whole book leaves nothing but a note") {
  PublishRig rig;
  Fill(rig);
  REQUIRE(rig.Erase({.book = PublishRig::kBook}).ok());
  CHECK_FALSE(std::filesystem::exists(rig.dir().Of("listing/fantasy")));
  CHECK(std::filesystem::is_empty(rig.dir().Of("origin")));
  CHECK(rig.Erase({.book = PublishRig::kBook}).value().empty());
}

TEST_CASE("Withdrawer: objects are kept where nothing is said") {
  PublishRig rig;
  Fill(rig);
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook}).ok());
  CHECK_FALSE(rig.IsListed("1.mp3"));
  CHECK(rig.Object("1.mp3") == SilentFrames(10));
  NotingObserver observer;
  REQUIRE(rig.Publish(observer).ok());
  CHECK(observer.sent == 0);
}

TEST_CASE("Withdrawer: a book within the book's folder is another") {
  PublishRig rig;
  Fill(rig);
  NotingObserver observer;
  PublishJob job = rig.Job();
  job.book += "/part two";
  REQUIRE(Publisher(rig.Place(), observer).Publish(job).ok());
  REQUIRE(rig.Erase({.book = PublishRig::kBook}).ok());
  CHECK(rig.IsListed("part two/1.mp3"));
  CHECK(rig.Object("part two/1.mp3") == SilentFrames(10));
}

TEST_CASE("Withdrawer: a book goes whatever its manifest looks like, a chunk does not") {
  PublishRig rig;
  Fill(rig);
  std::ofstream(rig.ManifestPath()) << "{";
  CHECK(rig.Erase({.book = PublishRig::kBook, .chunks = {"1.mp3"}}).status().code() ==
        Code::kInvalid);
  CHECK(rig.IsListed("1.mp3"));
  REQUIRE(rig.Erase({.book = PublishRig::kBook}).ok());
  CHECK_FALSE(std::filesystem::exists(rig.ManifestPath()));
}

TEST_CASE("Withdrawer: what a killed command was writing goes with the book") {
  PublishRig rig;
  Fill(rig);
  const std::string dead = "/.audiodl-abcdef.part";
  for (const char* folder : {"listing", "listing/fantasy/dune"}) {
    std::ofstream(rig.dir().Of(folder) + dead) << "half";
  }
  REQUIRE(rig.Erase({.book = PublishRig::kBook}).ok());
  CHECK_FALSE(std::filesystem::exists(rig.dir().Of("listing/fantasy")));
  CHECK_FALSE(std::filesystem::exists(rig.dir().Of("listing") + dead));
}

TEST_CASE("Withdrawer: what is no chunk's name is no path") {
  PublishRig rig;
  Fill(rig);
  for (const char* name : {"../1.mp3", "part/1.mp3", "", ".audiodl.json"}) {
    CHECK(rig.Erase({.book = PublishRig::kBook, .chunks = {name}}).status().code() ==
          Code::kInvalid);
  }
  CHECK(rig.Erase({.book = "../listing"}).status().code() == Code::kInvalid);
  CHECK(rig.Erase({.book = PublishRig::kBook, .chunks = {"3.mp3"}}).value().empty());
}

TEST_CASE("Withdrawer: what the listing has lost is noted, so that no rebuild sells it") {
  for (const bool named : {false, true}) {
    PublishRig rig;
    Fill(rig);
    const PublishPlace place = rig.Place();
    std::filesystem::remove_all(rig.dir().Of("listing/fantasy"));
    WithdrawJob job{.book = PublishRig::kBook};
    if (named) job.chunks = {"1.mp3", "2.mp3"};
    const auto chunks = rig.Withdraw(job);
    REQUIRE(chunks.ok());
    REQUIRE(chunks->size() == 2);
    CHECK_FALSE(chunks->front().is_listed);
    const auto rebuilt = RebuildListing(
        rig.store(), {.listing = place.listing, .origin = place.origin, .guard = DropGuard()});
    INFO(rebuilt.status().text());
    REQUIRE(rebuilt.ok());
    CHECK(rebuilt->withdrawn == 2);
    CHECK_FALSE(rig.IsListed("1.mp3"));
    CHECK(rig.Object("1.mp3") == SilentFrames(10));
    CHECK(rig.Withdraw(job).value().empty());
    REQUIRE(rig.Publish().ok());
    CHECK(rig.IsListed("1.mp3"));
  }
}

class WithdrawObserver : public PublishObserver {
 public:
  void OnObjectsUnknown(const Status& why) override { unknown.push_back(why.code()); }
  std::vector<Code> unknown;
};

TEST_CASE("Withdrawer: an origin that is away keeps nothing for sale, and is told of") {
  PublishRig rig;
  Fill(rig);
  std::filesystem::rename(rig.dir().Of("origin"), rig.dir().Of("away"));
  WithdrawObserver observer;
  Withdrawer withdrawer(rig.Place(), observer);
  CHECK(rig.Erase({.book = PublishRig::kBook}).status().code() == Code::kNotFound);
  CHECK(withdrawer.Withdraw({.book = PublishRig::kBook, .chunks = {"1.mp3"}})->size() == 1);
  CHECK(observer.unknown.empty());  // it knew all of those
  CHECK(withdrawer.Withdraw({.book = PublishRig::kBook})->size() == 1);
  CHECK(observer.unknown == std::vector<Code>{Code::kNotFound});
  CHECK_FALSE(rig.IsListed("2.mp3"));
  // Nobody can say that there is nothing.
  CHECK(withdrawer.Withdraw({.book = PublishRig::kBook, .chunks = {"3.mp3"}}).status().code() ==
        Code::kNotFound);
  CHECK(withdrawer.Withdraw({.book = PublishRig::kBook}).status().code() == Code::kNotFound);
}

using Paths = std::vector<std::string>;
constexpr int64_t kEver = INT64_C(1) << 40;

struct Deleted {
  Paths paths;
  Status trouble = Status::Ok();
};

Deleted DeleteOld(PublishRig& rig, int64_t withdrawn_by, bool dry_run = false) {
  NotingObserver observer;
  Deleted deleted;
  deleted.paths =
      DeleteWithdrawn({.place = rig.Place(), .withdrawn_by = withdrawn_by, .dry_run = dry_run},
                      observer, deleted.trouble);
  return deleted;
}

TEST_CASE("DeleteWithdrawn: what was withdrawn before then, and nothing else") {
  PublishRig rig;
  Fill(rig);
  CHECK(DeleteOld(rig, kEver).paths.empty());
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook, .chunks = {"1.mp3"}}).ok());
  CHECK(DeleteOld(rig, 1).paths.empty());
  CHECK(DeleteOld(rig, kEver, true).paths == Paths{"fantasy/dune/1.mp3"});
  CHECK(rig.Object("1.mp3") == SilentFrames(10));
  CHECK(DeleteOld(rig, kEver).paths == Paths{"fantasy/dune/1.mp3"});
  CHECK(rig.Object("1.mp3").empty());
  CHECK(rig.Object("2.mp3") == SilentFrames(20));
  CHECK(DeleteOld(rig, kEver).paths.empty());
}

TEST_CASE("DeleteWithdrawn: what is for sale again stays, and so does what has a marker") {
  PublishRig rig;
  Fill(rig);
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook}).ok());
  REQUIRE(rig.Publish().ok());
  CHECK(DeleteOld(rig, kEver).paths.empty());
  REQUIRE(NoteWithdrawn(rig.Place().listing, {"fantasy/dune/1.mp3"}, 1).ok());
  CHECK(DeleteOld(rig, kEver).paths.empty());
  CHECK(rig.Object("1.mp3") == SilentFrames(10));
}

TEST_CASE("DeleteWithdrawn: a book that somebody is at waits, the others go") {
  PublishRig rig;
  Fill(rig);
  NotingObserver observer;
  PublishJob job = rig.Job();
  job.book = "other/book";
  REQUIRE(Publisher(rig.Place(), observer).Publish(job).ok());
  for (const std::string& book : {job.book, std::string(PublishRig::kBook)}) {
    REQUIRE(rig.Withdraw({.book = book}).ok());
  }
  const Result<BookLock> lock = BookLock::Take(rig.Place().listing, PublishRig::kBook);
  REQUIRE(lock.ok());
  const Deleted deleted = DeleteOld(rig, kEver);
  CHECK(deleted.paths == Paths{"other/book/1.mp3", "other/book/2.mp3"});
  CHECK(deleted.trouble.code() == Code::kBusy);
  CHECK(rig.Object("1.mp3") == SilentFrames(10));
}

}  // namespace
}  // namespace audiodl
