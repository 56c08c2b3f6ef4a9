// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/fsck.h"

#include <filesystem>
#include <set>

#include "common/publish/book_lock.h"
#include "common/stock/index_push.h"
#include "common/stock/listing_time.h"
#include "common/stock/withdrawn_list.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/publish/publish_rig.h"
#include "tests/unit/stock/folder_bucket.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

// A bucket of so many objects, all of them listed, one withdrawn, and an index that says so.
class Shop {
 public:
  explicit Shop(int objects) {
    std::filesystem::create_directory(dir_.Of("origin"));
    std::filesystem::create_directory(dir_.Of("listing"));
    ListingContents contents;
    for (int i = 0; i < objects; ++i) {
      const std::string name = std::to_string(i) + ".mp3";
      WriteFile(dir_.Of("origin/b/" + name), "audio");
      contents.books["b"].markers[name] = NowNanoseconds() + 1000000000;
    }
    MakeTree(listing(), contents);
    REQUIRE(NoteWithdrawn(listing(), {"b/0.mp3"}, NowNanoseconds() / 1000000000 + 2).ok());
    std::filesystem::remove(listing() + "/b/0.mp3");
    REQUIRE(PushIndex(bucket_, key_,
                      {.listing = listing(), .origin = origin_, .guard = DropGuard(), .now_ms = 1})
                .ok());
  }

  std::string listing() const { return dir_.Of("listing"); }
  std::string list() const { return listing() + "/" + WithdrawnList::kFileName; }
  size_t Markers() const { return ScanListing(listing(), nullptr)->MarkerCount(); }

  FsckPlace Place() {
    FsckPlace place{bucket_, origin_, listing()};
    if (has_keys_) place.keys = &keys_;
    return place;
  }
  std::set<std::string> Found() {
    const Result<FsckFindings> findings = FindDifferences(Place());
    REQUIRE(findings.ok());
    std::set<std::string> found;
    for (const Difference& difference : findings->differences) {
      found.insert(std::string(KindName(difference.kind)) + " " + difference.path);
    }
    return found;
  }
  Status Repair(bool force = false) {
    Result<FsckFindings> findings = FindDifferences(Place());
    REQUIRE(findings.ok());
    std::vector<Difference> fixed;
    Status status =
        RepairListing(Place(), *findings, {.force = force, .now = NowNanoseconds()}, fixed);
    fixed_ = fixed.size();
    return status;
  }

  TempDir dir_;
  FolderBucket bucket_{dir_.Of("origin")};
  Origin origin_ = Origin::Parse("file://" + dir_.Of("origin")).value();
  IndexSigningKey key_ = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
  IndexVerifyKeys keys_ = std::move(IndexVerifyKeys::Parse(key_.PublicPem()).value());
  bool has_keys_ = true;
  size_t fixed_ = 0;
};

TEST_CASE("Fsck: what was withdrawn is none that is missing, though the list is lost") {
  Shop shop(30);
  CHECK(shop.Found().empty());
  std::filesystem::remove(shop.list());
  CHECK(shop.Found() == std::set<std::string>{"withdrawn_forgotten .audiodl-withdrawn"});
  REQUIRE(shop.Repair().ok());
  CHECK(shop.fixed_ == 1);
  CHECK(WithdrawnList::Read(shop.listing())->Has("b/0.mp3"));
  CHECK(shop.Found().empty());
  CHECK(shop.Markers() == 29);
}

TEST_CASE("Fsck: a listing that is lost is not made anew from the bucket, unless forced") {
  Shop shop(30);
  std::filesystem::remove_all(shop.listing());
  std::filesystem::create_directory(shop.listing());
  const Status held = shop.Repair();
  CHECK(held.code() == Code::kChanged);
  CHECK(held.text().starts_with("29 chunks would be listed that are not, beside 0 that are"));
  CHECK(held.text().find("audiodl listing rebuild") != std::string::npos);
  CHECK(shop.Markers() == 0);
  REQUIRE(shop.Repair(true).ok());
  CHECK(shop.Markers() == 29);
  CHECK(shop.Found().empty());
}

TEST_CASE("Fsck: where nobody knows what was withdrawn nothing is put on sale, unless forced") {
  Shop shop(100);
  std::filesystem::remove(shop.listing() + "/b/1.mp3");
  std::filesystem::remove(shop.list());
  shop.has_keys_ = false;
  const Status held = shop.Repair();
  CHECK(held.code() == Code::kChanged);
  CHECK(held.text().starts_with("2 chunks would be listed on the bucket's word alone"));
  CHECK(held.text().find("no key is known here") != std::string::npos);
  CHECK(shop.fixed_ == 0);
  CHECK(shop.Markers() == 98);
  // An index that is believed says which of the two it was.
  shop.has_keys_ = true;
  REQUIRE(shop.Repair().ok());
  CHECK(shop.Markers() == 99);
  std::filesystem::remove(shop.list());
  shop.has_keys_ = false;
  REQUIRE(shop.Repair(true).ok());
  CHECK(shop.Markers() == 100);
}

TEST_CASE("Fsck: no more than the share is listed at once, copies of objects among it") {
  Shop shop(41);
  std::filesystem::remove(shop.listing() + "/b/7.mp3");
  REQUIRE(shop.Repair().ok());
  CHECK(shop.Markers() == 40);
  for (const char* name : {"7.mp3", "8.mp3"})
    std::filesystem::remove(shop.listing() + "/b/" + name);
  WriteFile(shop.listing() + "/b/9.mp3", "audio");
  CHECK(shop.Repair().code() == Code::kChanged);
  CHECK(shop.fixed_ == 0);
  CHECK(shop.Markers() == 37);
}

TEST_CASE("Fsck: what is withdrawn after it was looked at is not put back") {
  Shop shop(41);
  std::filesystem::remove(shop.listing() + "/b/7.mp3");
  Result<FsckFindings> findings = FindDifferences(shop.Place());
  REQUIRE(findings.ok());
  REQUIRE(findings->differences.size() == 1);
  REQUIRE(NoteWithdrawn(shop.listing(), {"b/7.mp3"}, 1).ok());
  std::vector<Difference> fixed;
  REQUIRE(RepairListing(shop.Place(), *findings, {.now = NowNanoseconds()}, fixed).ok());
  CHECK(fixed.empty());
  CHECK(shop.Markers() == 39);
}

// Looks for differences, and mends them, while an object is read back.
class FsckMeanwhile : public NotingObserver {
 public:
  explicit FsckMeanwhile(const FsckPlace& place) : place_(place) {}

  void OnStep(PublishStep step, std::string_view /*name*/) override {
    if (step != PublishStep::kReadBack) return;
    Result<FsckFindings> findings = FindDifferences(place_);
    REQUIRE(findings.ok());
    found += findings->differences.size();
    std::vector<Difference> fixed;
    REQUIRE(RepairListing(place_, *findings, {.now = NowNanoseconds()}, fixed).ok());
    ++looks;
  }

  size_t found = 0;
  int looks = 0;

 private:
  const FsckPlace& place_;
};

TEST_CASE("Fsck: a book that is being published for the first time is no difference") {
  PublishRig rig;
  const PublishPlace shop = rig.Place();
  ListingContents others;
  for (int i = 0; i < 40; ++i) {
    const std::string name = std::to_string(i) + ".mp3";
    WriteFile(rig.dir().Of("origin/other/" + name), "audio");
    others.books["other"].markers[name] = NowNanoseconds() + 1000000000;
  }
  MakeTree(shop.listing, others);
  WriteFile(shop.listing + "/" + WithdrawnList::kFileName, "");
  for (const char* name : {"1.mp3", "2.mp3"}) rig.WriteMaster(name, SilentFrames(20));
  const FsckPlace place{shop.store, shop.origin, shop.listing};
  FsckMeanwhile observer(place);
  REQUIRE(rig.Publish(observer).ok());
  CHECK(observer.looks == 2);
  CHECK(observer.found == 0);
}

TEST_CASE("Fsck: what is published after it was looked at keeps its marker and manifest") {
  Shop shop(41);
  std::filesystem::remove(shop.dir_.Of("origin/b/7.mp3"));
  Result<FsckFindings> findings = FindDifferences(shop.Place());
  REQUIRE(findings.ok());
  REQUIRE(findings->differences.size() == 1);
  CHECK(findings->differences[0].kind == Difference::Kind::kNoObject);
  WriteFile(shop.dir_.Of("origin/b/7.mp3"), "audio");
  std::vector<Difference> fixed;
  REQUIRE(RepairListing(shop.Place(), *findings, {.now = NowNanoseconds()}, fixed).ok());
  CHECK(fixed.empty());
  CHECK(findings->differences.empty());
  CHECK(shop.Markers() == 40);
}

TEST_CASE("Fsck: a book that somebody is at by now is not mended, and no difference") {
  Shop shop(41);
  std::filesystem::remove(shop.dir_.Of("origin/b/7.mp3"));
  Result<FsckFindings> findings = FindDifferences(shop.Place());
  REQUIRE(findings.ok());
  REQUIRE(findings->differences.size() == 1);
  std::vector<Difference> fixed;
  {
    const Result<BookLock> publisher = BookLock::Take(shop.listing(), "b");
    REQUIRE(publisher.ok());
    CHECK(shop.Found().empty());
    REQUIRE(RepairListing(shop.Place(), *findings, {.now = NowNanoseconds()}, fixed).ok());
  }
  CHECK(fixed.empty());
  CHECK(findings->differences.empty());
  CHECK(shop.Markers() == 40);
  REQUIRE(shop.Repair().ok());
  CHECK(shop.Markers() == 39);
}

}  // namespace
}  // namespace audiodl
