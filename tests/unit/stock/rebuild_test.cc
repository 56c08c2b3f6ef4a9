// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/rebuild.h"

#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "common/book/manifest.h"
#include "common/stock/index_push.h"
#include "common/stock/withdrawn_list.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/stock/folder_bucket.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

class Site {
 public:
  Site() {
    std::filesystem::create_directory(listing());
    std::filesystem::create_directory(dir_.Of("origin"));
  }

  std::string listing() const { return dir_.Of("listing"); }
  void Put(const std::string& path) { WriteFile(dir_.Of("origin/" + path), "audio"); }
  Origin origin() const { return Origin::Parse("file://" + dir_.Of("origin")).value(); }
  void Push() {
    const Result<PushReport> pushed = PushIndex(
        bucket, key,
        {.listing = listing(), .origin = origin(), .guard = DropGuard(), .now_ms = 1764230400000});
    INFO(pushed.status().text());
    REQUIRE(pushed.ok());
  }
  void LoseListing() {
    std::filesystem::remove_all(listing());
    std::filesystem::create_directory(listing());
  }
  void PutMany(int books, int chunks) {
    for (int b = 0; b < books; ++b) {
      for (int c = 0; c < chunks; ++c) {
        Put("b" + std::to_string(b) + "/" + std::to_string(c) + ".mp3");
      }
    }
  }
  void Delete(const std::string& path) { std::filesystem::remove(dir_.Of("origin/" + path)); }
  bool Listed(const std::string& path) const {
    return std::filesystem::exists(listing() + "/" + path);
  }
  Result<RebuildReport> Rebuild() {
    request.listing = listing();
    request.origin = origin();
    request.keys = &keys;
    if (request.now == 0) request.now = std::time(nullptr);
    return RebuildListing(bucket, request);
  }
  size_t Markers() const { return ScanListing(listing(), nullptr)->MarkerCount(); }

  TempDir dir_;
  FolderBucket bucket{dir_.Of("origin")};
  IndexSigningKey key = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
  IndexVerifyKeys keys = std::move(IndexVerifyKeys::Parse(key.PublicPem()).value());
  RebuildRequest request;
};

// Of a shop that has never withdrawn anything.
class NewSite : public Site {
 public:
  NewSite() { WriteFile(listing() + "/" + WithdrawnList::kFileName, ""); }
};

TEST_CASE("Rebuild: a bucket becomes a listing, with the objects' dates, names as they are") {
  NewSite site;
  for (const char* path : {"fantasy/dune/01.mp3", "a b/ü+%.mp3", ".audiodl/index", "loose.mp3"}) {
    site.Put(path);
  }
  const Result<RebuildReport> report = site.Rebuild();
  INFO(report.status().text());
  REQUIRE(report.ok());
  CHECK(report->objects == 2);
  CHECK(report->unusable == std::vector<std::string>{"loose.mp3"});
  CHECK(report->plan.made == 2);
  CHECK(site.Listed("fantasy/dune/01.mp3"));
  CHECK(site.Listed("a b/ü+%.mp3"));
  struct stat object, marker;
  REQUIRE(stat(site.dir_.Of("origin/a b/ü+%.mp3").c_str(), &object) == 0);
  REQUIRE(stat((site.listing() + "/a b/ü+%.mp3").c_str(), &marker) == 0);
  CHECK(object.st_mtim.tv_sec == marker.st_mtim.tv_sec);
  CHECK(site.Rebuild()->plan.steps() == 0);
  CHECK_FALSE(site.Listed(BucketSpool::kFileName));
}

TEST_CASE(
    "Rebuild: a marker older than its object is renewed, a newer one and manifests are kept") {
  NewSite site;
  site.PutMany(1, 2);
  REQUIRE(site.Rebuild().ok());
  {
    Result<ListingWriter> writer = ListingWriter::Open(site.listing());
    REQUIRE(writer->PutMarker("b0", "0.mp3", 1).ok());
    REQUIRE(writer->PutMarker("b0", "1.mp3", INT64_C(9000000000000000000)).ok());
    REQUIRE(writer->PutManifest("b0", "{}").ok());
  }
  const Result<RebuildReport> report = site.Rebuild();
  REQUIRE(report.ok());
  CHECK(report->plan.dated == 1);
  CHECK(report->plan.steps() == 1);
  const ListedBook book = *ScanBook(site.listing(), "b0");
  CHECK(book.markers.at("0.mp3") > 1);
  CHECK(book.markers.at("1.mp3") == INT64_C(9000000000000000000));
  CHECK(book.manifest == "{}");
}

TEST_CASE("Rebuild: withdrawn chunks stay withdrawn though their objects are there") {
  NewSite site;
  site.PutMany(1, 3);
  REQUIRE(site.Rebuild().ok());
  REQUIRE(NoteWithdrawn(site.listing(), {"b0/0.mp3", "b0/1.mp3"}, 1).ok());
  std::filesystem::remove(site.listing() + "/b0/0.mp3");
  const Result<RebuildReport> report = site.Rebuild();
  INFO(report.status().text());
  REQUIRE(report.ok());
  CHECK(report->withdrawn == 2);
  CHECK_FALSE(site.Listed("b0/0.mp3"));
  CHECK_FALSE(site.Listed("b0/1.mp3"));  // an interrupted withdrawal is completed
  CHECK(site.Listed("b0/2.mp3"));
}

TEST_CASE("Rebuild: an empty or failing answer empties nothing") {
  NewSite site;
  site.PutMany(4, 10);
  REQUIRE(site.Rebuild().ok());
  site.bucket.fail_after = 20;
  CHECK(site.Rebuild().status().code() == Code::kUnreachable);
  CHECK(site.Markers() == 40);
  site.request.anew = true;
  site.bucket.fail_after = SIZE_MAX;
  for (int b = 1; b < 4; ++b)
    std::filesystem::remove_all(site.dir_.Of("origin/b" + std::to_string(b)));
  const Result<RebuildReport> held = site.Rebuild();
  CHECK(held.status().code() == Code::kChanged);
  CHECK(held.status().text().find("30 of 40") != std::string::npos);
  CHECK(site.Markers() == 40);
  site.request.force = true;
  REQUIRE(site.Rebuild().ok());
  CHECK(site.Markers() == 10);
}

TEST_CASE("Rebuild: a few objects that are gone take their markers along") {
  NewSite site;
  site.PutMany(4, 10);
  REQUIRE(site.Rebuild().ok());
  site.Delete("b0/3.mp3");
  const Result<RebuildReport> report = site.Rebuild();
  REQUIRE(report.ok());
  CHECK(report->plan.unexplained == 1);
  CHECK_FALSE(site.Listed("b0/3.mp3"));
}

TEST_CASE("Rebuild: what is published meanwhile is not taken away") {
  NewSite site;
  site.PutMany(4, 10);
  REQUIRE(site.Rebuild().ok());
  // The marker was there before, the object's name has been passed already when it comes.
  site.Delete("b0/3.mp3");
  site.bucket.on_object = [&](size_t seen) {
    if (seen != 20) return;
    site.Put("b0/3.mp3");
    site.Put("b0/new.mp3");
    Result<ListingWriter> writer = ListingWriter::Open(site.listing());
    REQUIRE(writer->PutMarker("b0", "new.mp3", kSampleTime).ok());
  };
  REQUIRE(site.Rebuild().ok());
  CHECK(site.Listed("b0/3.mp3"));
  CHECK(site.Listed("b0/new.mp3"));
}

TEST_CASE("Rebuild: what is withdrawn meanwhile is not put back") {
  NewSite site;
  site.PutMany(4, 10);
  REQUIRE(site.Rebuild().ok());
  site.bucket.on_object = [&](size_t seen) {
    if (seen != 40) return;
    Result<ListingWriter> writer = ListingWriter::Open(site.listing());
    REQUIRE(NoteWithdrawn(site.listing(), {"b0/0.mp3"}, 1).ok());
    REQUIRE(writer->RemoveMarker("b0", "0.mp3").ok());
  };
  REQUIRE(site.Rebuild().ok());
  CHECK_FALSE(site.Listed("b0/0.mp3"));
}

TEST_CASE("Rebuild: goes on where it was killed") {
  NewSite site;
  site.PutMany(3, 1100);
  site.bucket.fail_after = 2500;
  CHECK_FALSE(site.Rebuild().ok());
  CHECK(site.Markers() == 0);
  {
    // The last line is torn.
    std::ofstream spool(site.listing() + "/" + BucketSpool::kFileName, std::ios::app);
    spool << "object 5 17";
  }
  site.bucket.fail_after = SIZE_MAX;
  const Result<RebuildReport> report = site.Rebuild();
  INFO(report.status().text());
  REQUIRE(report.ok());
  CHECK(report->resumed_at == 2000);
  CHECK(report->objects == 3300);
  CHECK(site.Markers() == 3300);
  CHECK(site.bucket.starts.size() == 2);
  CHECK(site.bucket.starts[1].ends_with(".mp3"));
}

TEST_CASE("Rebuild: one at a time lists the bucket, and what it noted stays its own") {
  NewSite site;
  site.PutMany(1, 4);
  Status other;
  FolderBucket others(site.dir_.Of("origin"));
  site.bucket.on_object = [&](size_t seen) {
    if (seen != 2) return;
    RebuildRequest request = site.request;
    request.anew = true;
    other = RebuildListing(others, request).status();
  };
  site.bucket.fail_after = 3;
  CHECK_FALSE(site.Rebuild().ok());
  CHECK(other.code() == Code::kBusy);
  CHECK(site.Markers() == 0);
  CHECK(site.Listed(BucketSpool::kFileName));
  site.bucket.on_object = nullptr;
  site.bucket.fail_after = SIZE_MAX;
  REQUIRE(site.Rebuild().ok());
  CHECK(site.Markers() == 4);
}

TEST_CASE("Rebuild: an old or foreign beginning is not gone on with") {
  struct Case {
    const char* spool;  // null: what the first run left
    int64_t later;
    size_t resumed_at;
  };
  for (const Case& c : {Case{nullptr, 0, 1000}, Case{nullptr, 3700, 0},
                        Case{"bucket s3://other 2026-11-27T08:00:00Z\nupto z\n", 0, 0},
                        Case{"\x01\x02\nupto z\n", 0, 0}}) {
    INFO(c.later << " " << (c.spool != nullptr ? c.spool : ""));
    NewSite site;
    site.PutMany(2, 1100);
    site.bucket.fail_after = 1500;
    CHECK_FALSE(site.Rebuild().ok());
    site.bucket.fail_after = SIZE_MAX;
    site.request.now += c.later;
    if (c.spool != nullptr) WriteFile(site.listing() + "/" + BucketSpool::kFileName, c.spool);
    const Result<RebuildReport> report = site.Rebuild();
    REQUIRE(report.ok());
    CHECK(report->resumed_at == c.resumed_at);
    CHECK(site.Markers() == 2200);
  }
}

TEST_CASE("Rebuild: a dry run tells and touches nothing") {
  Site site;
  site.PutMany(1, 5);
  site.request.dry_run = true;
  const Result<RebuildReport> report = site.Rebuild();
  REQUIRE(report.ok());
  CHECK(report->plan.made == 5);
  CHECK(report->held.code() == Code::kChanged);  // as it would be for a run that is not dry
  CHECK(std::filesystem::is_empty(site.listing()));
  site.request.force = true;
  CHECK(site.Rebuild()->held.ok());
}

TEST_CASE("Rebuild: of a listing that is lost, withdrawn chunks stay so by the last index") {
  Site site;
  site.PutMany(2, 3);
  site.request.force = true;
  REQUIRE(site.Rebuild().ok());
  site.request.force = false;
  REQUIRE(NoteWithdrawn(site.listing(), {"b0/0.mp3", "b1/2.mp3"}, 1764230400).ok());
  REQUIRE(site.Rebuild().ok());
  site.Push();
  const auto list = WithdrawnList::Read(site.listing())->times();
  site.LoseListing();
  site.request.dry_run = true;
  CHECK(site.Rebuild()->plan.made == 4);
  CHECK(std::filesystem::is_empty(site.listing()));
  site.request.dry_run = false;
  const Result<RebuildReport> report = site.Rebuild();
  INFO(report.status().text());
  REQUIRE(report.ok());
  CHECK(report->recalled == 2);
  CHECK(report->withdrawn == 2);
  CHECK(report->on_trust.empty());
  CHECK(site.Markers() == 4);
  CHECK(WithdrawnList::Read(site.listing())->times() == list);
  CHECK(site.Rebuild()->recalled == 0);

  // The list alone is lost, or what stands in it since.
  WithdrawnList since;
  since.Add("b0/0.mp3", list.at("b0/0.mp3"));
  WriteFile(site.listing() + "/" + WithdrawnList::kFileName, since.Text());
  CHECK(site.Rebuild()->recalled == 1);
  CHECK(site.Markers() == 4);
  CHECK(WithdrawnList::Read(site.listing())->times() == list);
}

TEST_CASE("Rebuild: without a list and an index, only by force is all listed that the bucket has") {
  Site site;
  site.PutMany(2, 3);
  const IndexSigningKey other = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
  const IndexVerifyKeys others = std::move(IndexVerifyKeys::Parse(other.PublicPem()).value());
  const auto refused = [&] {
    const Result<RebuildReport> report = RebuildListing(site.bucket, site.request);
    CHECK(report.status().code() == Code::kChanged);
    CHECK(site.Markers() == 0);
    return report.status().text();
  };
  site.request.listing = site.listing();
  site.request.origin = site.origin();
  site.request.now = std::time(nullptr);
  site.request.keys = &site.keys;
  CHECK(refused().find("6 chunks would be listed on the bucket's word alone") != std::string::npos);
  CHECK(refused().find("the bucket has no index") != std::string::npos);

  site.request.force = true;
  CHECK(site.Rebuild()->on_trust == "the bucket has no index");
  site.request.force = false;
  site.Push();
  site.LoseListing();
  site.request.keys = &others;
  CHECK(refused().find("is not believed") != std::string::npos);
  site.request.keys = nullptr;
  CHECK(refused().find("no key is known here") != std::string::npos);
  CHECK(site.Rebuild().ok());  // with the right one
  CHECK(site.Markers() == 6);
}

TEST_CASE(
    "Rebuild: killed while it lists, a lost list of withdrawn chunks is there before markers") {
  Site site;
  site.PutMany(1, 5);
  site.request.force = true;
  REQUIRE(site.Rebuild().ok());
  site.request.force = false;
  REQUIRE(NoteWithdrawn(site.listing(), {"b0/0.mp3"}, 1764230400).ok());
  REQUIRE(site.Rebuild().ok());
  site.Push();
  site.LoseListing();
  bool had_list = false;
  site.request.progress = [&](size_t /*done*/, size_t of) {
    if (of > 0) had_list = WithdrawnList::Read(site.listing())->Has("b0/0.mp3");
  };
  REQUIRE(site.Rebuild().ok());
  CHECK(had_list);
}

TEST_CASE("Rebuild: manifests where they are asked for, in the order people read") {
  NewSite site;
  site.PutMany(1, 11);
  site.request.manifests = true;
  REQUIRE(site.Rebuild().ok());
  const Result<Manifest> manifest = Manifest::Parse(ScanBook(site.listing(), "b0")->manifest);
  REQUIRE(manifest.ok());
  REQUIRE(manifest->chunks.size() == 11);
  CHECK(manifest->chunks[10].name == "10.mp3");
  CHECK(manifest->chunks[0].size == 5);
  CHECK_FALSE(manifest->chunks[0].etag.empty());
}

TEST_CASE("Rebuild: only what ends as asked") {
  NewSite site;
  site.Put("b/1.mp3");
  site.Put("b/cover.jpg");
  site.request.endings = {".mp3", ".m4b"};
  REQUIRE(site.Rebuild().ok());
  CHECK(site.Markers() == 1);

  // What ends otherwise is not of it, and does not count as if it would go.
  site.request.endings = {};
  REQUIRE(site.Rebuild().ok());
  site.request.endings = {".mp3"};
  const Result<RebuildReport> report = site.Rebuild();
  INFO(report.status().text());
  REQUIRE(report.ok());
  CHECK(report->plan.steps() == 0);
  CHECK(site.Markers() == 2);
}

}  // namespace
}  // namespace audiodl
