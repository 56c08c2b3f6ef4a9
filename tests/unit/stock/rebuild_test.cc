// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/rebuild.h"

#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "common/book/manifest.h"
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
    request.origin = Origin::Parse("file://" + dir_.Of("origin")).value();
    if (request.now == 0) request.now = std::time(nullptr);
    return RebuildListing(bucket, request);
  }
  size_t Markers() const { return ScanListing(listing(), nullptr)->MarkerCount(); }

  TempDir dir_;
  FolderBucket bucket{dir_.Of("origin")};
  RebuildRequest request;
};

TEST_CASE("Rebuild: a bucket becomes a listing, with the objects' dates, names as they are") {
  Site site;
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
  Site site;
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
  Site site;
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
  Site site;
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
  Site site;
  site.PutMany(4, 10);
  REQUIRE(site.Rebuild().ok());
  site.Delete("b0/3.mp3");
  const Result<RebuildReport> report = site.Rebuild();
  REQUIRE(report.ok());
  CHECK(report->plan.unexplained == 1);
  CHECK_FALSE(site.Listed("b0/3.mp3"));
}

TEST_CASE("Rebuild: what is published meanwhile is not taken away") {
  Site site;
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
  Site site;
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
  Site site;
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
    Site site;
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
  CHECK(std::filesystem::is_empty(site.listing()));
}

TEST_CASE("Rebuild: manifests where they are asked for, in the order people read") {
  Site site;
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
  Site site;
  site.Put("b/1.mp3");
  site.Put("b/cover.jpg");
  site.request.endings = {".mp3", ".m4b"};
  REQUIRE(site.Rebuild().ok());
  CHECK(site.Markers() == 1);
}

}  // namespace
}  // namespace audiodl
