// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/withdrawer.h"

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
  const auto chunks = rig.Withdraw({.book = PublishRig::kBook, .chunks = {"1.mp3"}});
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
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook}).ok());
  CHECK_FALSE(std::filesystem::exists(rig.dir().Of("listing/fantasy")));
  CHECK(std::filesystem::is_empty(rig.dir().Of("origin")));
  CHECK(rig.Withdraw({.book = PublishRig::kBook}).status().code() == Code::kNotFound);
}

TEST_CASE("Withdrawer: objects can be kept") {
  PublishRig rig;
  Fill(rig);
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook, .objects = WithdrawJob::Objects::kKeep}).ok());
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
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook}).ok());
  CHECK(rig.IsListed("part two/1.mp3"));
  CHECK(rig.Object("part two/1.mp3") == SilentFrames(10));
}

TEST_CASE("Withdrawer: a book goes whatever its manifest looks like, a chunk does not") {
  PublishRig rig;
  Fill(rig);
  std::ofstream(rig.ManifestPath()) << "{";
  CHECK(rig.Withdraw({.book = PublishRig::kBook, .chunks = {"1.mp3"}}).status().code() ==
        Code::kInvalid);
  CHECK(rig.IsListed("1.mp3"));
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook}).ok());
  CHECK_FALSE(std::filesystem::exists(rig.ManifestPath()));
}

TEST_CASE("Withdrawer: what a killed command was writing goes with the book") {
  PublishRig rig;
  Fill(rig);
  const std::string dead = "/.audiodl-abcdef.part";
  for (const char* folder : {"listing", "listing/fantasy/dune"}) {
    std::ofstream(rig.dir().Of(folder) + dead) << "half";
  }
  REQUIRE(rig.Withdraw({.book = PublishRig::kBook}).ok());
  CHECK_FALSE(std::filesystem::exists(rig.dir().Of("listing/fantasy")));
  CHECK_FALSE(std::filesystem::exists(rig.dir().Of("listing") + dead));
}

TEST_CASE("Withdrawer: what is no chunk's name is no path") {
  PublishRig rig;
  Fill(rig);
  for (const char* name : {"../1.mp3", "part/1.mp3", "", ".audiodl.json"}) {
    CHECK(rig.Withdraw({.book = PublishRig::kBook, .chunks = {name}}).status().code() ==
          Code::kInvalid);
  }
  CHECK(rig.Withdraw({.book = "../listing"}).status().code() == Code::kInvalid);
  CHECK(rig.Withdraw({.book = PublishRig::kBook, .chunks = {"3.mp3"}}).status().code() ==
        Code::kNotFound);
}

}  // namespace
}  // namespace audiodl
