// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Publishing, replacing and withdrawing, killed before every single step, each in a process of its
// own: what is listed is whole at the origin, and running again completes it.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

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

}  // namespace
}  // namespace audiodl
