// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Publishing, replacing and withdrawing, killed before every single step, each in a process of its
// own: what is listed is whole at the origin, and running again completes it.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/stock/index_push.h"
#include "common/stock/last_index.h"
#include "common/stock/listing_time.h"
#include "common/stock/withdrawn_list.h"
#include "tests/unit/catch.h"
#include "tests/unit/publish/publish_rig.h"

namespace audiodl {
namespace {

constexpr const char* kNames[] = {"1.mp3", "2.mp3", "3.mp3"};

class KillingObserver : public PublishObserver {
 public:
  explicit KillingObserver(int at) : left_(at) {}
  void OnStep(PublishStep /*step*/, std::string_view /*name*/) override {
    if (left_-- == 0) raise(SIGKILL);
  }

 private:
  int left_;
};

// True: killed; false: it came to its end before that step.
bool RunAndKill(int step, const std::function<Status(PublishObserver&)>& work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    KillingObserver observer(step);
    _exit(work(observer).ok() ? 0 : 1);
  }
  int how = 0;
  REQUIRE(waitpid(child, &how, 0) == child);
  if (WIFSIGNALED(how)) return true;
  REQUIRE(WEXITSTATUS(how) == 0);
  return false;
}

void WriteMasters(const PublishRig& rig, size_t frames) {
  for (const char* name : kNames) rig.WriteMaster(name, SilentFrames(frames));
}

// Nothing is listed that is not at the origin, whole, in one of its versions.
void CheckListed(const PublishRig& rig) {
  for (const char* name : kNames) {
    if (!rig.IsListed(name)) continue;
    const std::string object = rig.Object(name);
    CAPTURE(name, object.size());
    CHECK((object == SilentFrames(10) || object == SilentFrames(20)));
  }
}

void CheckComplete(PublishRig& rig, size_t frames) {
  const Manifest manifest = rig.ReadManifest();
  for (const char* name : kNames) {
    CHECK(rig.IsListed(name));
    CHECK(rig.Object(name) == SilentFrames(frames));
    REQUIRE(manifest.Find(name) != nullptr);
    CHECK(manifest.Find(name)->etag == rig.store().Head(rig.ObjectPath(name))->etag);
  }
  // No half-written file is left in the origin or the listing.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(rig.dir().path())) {
    CHECK(entry.path().extension() != ".part");
  }
}

Status Publish(PublishRig& rig, PublishObserver& observer) {
  return Publisher(rig.Place(), observer).Publish(rig.Job()).status();
}

TEST_CASE("Publishing killed before every step: never listed and missing, then completed") {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    PublishRig rig;
    WriteMasters(rig, 10);
    CAPTURE(step);
    killed = RunAndKill(step, [&](PublishObserver& observer) { return Publish(rig, observer); });
    CheckListed(rig);
    NotingObserver observer;
    REQUIRE(Publish(rig, observer).text().empty());
    CheckComplete(rig, 10);
    CHECK(observer.sent <= std::max(0, 3 - (step - 3) / 2));
  }
  CHECK(step > 12);
}

TEST_CASE("Replacing killed before every step: old or new, then new with a later marker") {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    PublishRig rig;
    WriteMasters(rig, 10);
    REQUIRE(rig.Publish().ok());
    const int64_t before = rig.MarkerTime("3.mp3");
    WriteMasters(rig, 20);
    CAPTURE(step);
    killed = RunAndKill(step, [&](PublishObserver& observer) { return Publish(rig, observer); });
    CheckListed(rig);
    for (const char* name : kNames) CHECK(rig.IsListed(name));
    REQUIRE(rig.Publish().text().empty());
    CheckComplete(rig, 20);
    CHECK(rig.MarkerTime("3.mp3") > before);
  }
  CHECK(step > 15);
}

TEST_CASE("Withdrawing killed before every step: never listed and missing, then gone") {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    PublishRig rig;
    WriteMasters(rig, 10);
    REQUIRE(rig.Publish().ok());
    CAPTURE(step);
    killed = RunAndKill(step, [&](PublishObserver& observer) {
      return Withdrawer(rig.Place(), observer)
          .Withdraw({.book = PublishRig::kBook, .objects = WithdrawJob::Objects::kDelete})
          .status();
    });
    CheckListed(rig);
    CHECK(rig.Erase({.book = PublishRig::kBook}).value().empty() == !killed);
    CHECK_FALSE(std::filesystem::exists(rig.dir().Of("listing/fantasy")));
    CHECK(std::filesystem::is_empty(rig.dir().Of("origin")));
  }
  CHECK(step > 6);
}

// A book of three chunks that web servers sell, and what a timer pushes to these.
class Selling {
 public:
  Selling() {
    WriteMasters(rig, 10);
    REQUIRE(rig.Publish().ok());
    CHECK(Sold().size() == 3);
  }

  std::map<std::string, int64_t> Sold() {
    PushRequest request{
        .listing = rig.Place().listing, .origin = rig.Place().origin, .guard = DropGuard()};
    request.now_ms = NowNanoseconds() / 1000000;
    const Status pushed = PushIndex(rig.store(), key_, request).status();
    INFO(pushed.text());
    REQUIRE(pushed.ok());
    const auto keys = std::move(IndexVerifyKeys::Parse(key_.PublicPem()).value());
    Result<LastIndex> index = ReadLastIndex(rig.store(), rig.Place().origin, &keys);
    REQUIRE(index.ok());
    return index->contents.value().books[PublishRig::kBook].markers;
  }

  PublishRig rig;

 private:
  IndexSigningKey key_ = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
};

TEST_CASE(
    "What a withdrawal left that was killed anywhere is sold by the servers once it is published") {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    Selling shop;
    PublishRig& rig = shop.rig;
    CAPTURE(step);
    killed = RunAndKill(step, [&](PublishObserver& observer) {
      return Withdrawer(rig.Place(), observer).Withdraw({.book = PublishRig::kBook}).status();
    });
    CHECK(shop.Sold().empty());
    NotingObserver observer;
    REQUIRE(rig.Publish(observer).ok());
    CHECK(observer.fates["1.mp3"] == ChunkFate::kAdded);
    CHECK(shop.Sold().size() == 3);
    CHECK(WithdrawnList::Read(rig.Place().listing)->empty());
  }
  CHECK(step > 4);
}

TEST_CASE("Publishing what a killed withdrawal left, killed before every step: sold in the end") {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    Selling shop;
    PublishRig& rig = shop.rig;
    // Withdrawn by a clock that was ahead.
    std::vector<std::string> paths;
    for (const char* name : kNames) paths.push_back(PublishRig::kBook + std::string("/") + name);
    REQUIRE(NoteWithdrawn(rig.Place().listing, paths, NowNanoseconds() / 1000000000 + 900).ok());
    CHECK(shop.Sold().empty());
    CAPTURE(step);
    killed = RunAndKill(step, [&](PublishObserver& observer) { return Publish(rig, observer); });
    (void)shop.Sold();
    REQUIRE(rig.Publish().ok());
    CHECK(shop.Sold().size() == 3);
  }
  CHECK(step > 9);
}

}  // namespace
}  // namespace audiodl
