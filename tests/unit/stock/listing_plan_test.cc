// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_plan.h"

#include <sys/stat.h>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

TEST_CASE("PlanChanges: counts what comes, goes and gets another time") {
  const ListingContents now = SampleListing(3, 4);
  ListingContents wanted = now;
  wanted.books.erase("shelf/book 0");
  ListedBook& kept = wanted.books["shelf/book 1"];
  kept.markers.erase("0.mp3");
  kept.withdrawn["0.mp3"] = 1;
  kept.markers["1.mp3"] += 1;
  kept.markers["new.mp3"] = 1;
  kept.manifest += "\n";
  const ListingPlan plan = PlanChanges(now, wanted);
  CHECK(plan.made == 1);
  CHECK(plan.dated == 1);
  CHECK(plan.removed == 5);
  CHECK(plan.unexplained == 4);
  CHECK(plan.manifests == 2);
  CHECK(plan.steps() == 9);
  CHECK(plan.books.size() == 2);
  CHECK(PlanChanges(wanted, wanted).steps() == 0);
}

TEST_CASE("Apply: a tree becomes what is wanted, empty folders gone, foreign files kept") {
  const TempDir dir;
  MakeTree(dir.path(), SampleListing(3, 4));
  WriteFile(dir.Of("shelf/book 1/notes.txt"), "mine");
  const ListingContents wanted = SampleListing(1, 2);
  MakeTree(dir.path(), wanted);
  CHECK(*ScanListing(dir.path(), nullptr) == wanted);
  CHECK_FALSE(std::filesystem::exists(dir.Of("shelf/book 2")));
  CHECK(std::filesystem::exists(dir.Of("shelf/book 1/notes.txt")));
  MakeTree(dir.path(), ListingContents());
  CHECK(std::filesystem::exists(dir.path()));
}

TEST_CASE("Apply: withdrawals come before anything else, manifests before their markers") {
  const TempDir dir;
  MakeTree(dir.path(), SampleListing(1, 1));
  ListingContents wanted;
  wanted.books["a"].markers["1.mp3"] = kSampleTime;
  wanted.books["a"].manifest = "{}";
  Result<ListingWriter> writer = ListingWriter::Open(dir.path());
  REQUIRE(writer.ok());
  const ListingPlan plan = PlanChanges(*ScanListing(dir.path(), nullptr), wanted);
  std::vector<std::string> seen;
  const Status done = Apply(plan, *writer, [&](size_t) {
    std::string state;
    if (std::filesystem::exists(dir.Of("shelf/book 0/0.mp3"))) state += "old ";
    if (std::filesystem::exists(dir.Of("a/.audiodl.json"))) state += "manifest ";
    if (std::filesystem::exists(dir.Of("a/1.mp3"))) state += "marker";
    seen.push_back(state);
  });
  CHECK(done.ok());
  CHECK(seen == std::vector<std::string>{"", "manifest ", "manifest marker", "manifest marker"});
}

TEST_CASE("Apply: a file that is no marker is left alone, and the rest is done") {
  const TempDir dir;
  WriteFile(dir.Of("shelf/book 0/0.mp3"), "somebody's only copy");
  Result<ListingWriter> writer = ListingWriter::Open(dir.path());
  REQUIRE(writer.ok());
  const Status done =
      Apply(PlanChanges(*ScanListing(dir.path(), nullptr), SampleListing(1, 3)), *writer);
  CHECK(done.code() == Code::kInvalid);
  CHECK(done.text().find("is not empty") != std::string::npos);
  CHECK(std::filesystem::file_size(dir.Of("shelf/book 0/0.mp3")) == 20);
  CHECK(std::filesystem::exists(dir.Of("shelf/book 0/2.mp3")));
}

TEST_CASE("ListingWriter: markers are open to readers whatever the umask, and keep their time") {
  const TempDir dir;
  const mode_t before = umask(0077);
  {
    Result<ListingWriter> writer = ListingWriter::Open(dir.path());
    REQUIRE(writer.ok());
    CHECK(writer->PutMarker("a/b", "1.mp3", kSampleTime).ok());
    CHECK(writer->PutMarker("a/b", "old.mp3", -1).ok());
  }
  umask(before);
  struct stat info;
  REQUIRE(stat(dir.Of("a/b/1.mp3").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0644);
  CHECK(info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec == kSampleTime);
  REQUIRE(stat(dir.Of("a/b").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0755);
  CHECK(ScanBook(dir.path(), "a/b")->markers.at("old.mp3") == -1);
}

TEST_CASE("ListingWriter: one at a time, and never in a folder that is not there") {
  const TempDir dir;
  const Result<ListingWriter> first = ListingWriter::Open(dir.path());
  REQUIRE(first.ok());
  const auto second = ListingWriter::Open(dir.path(), std::chrono::milliseconds(1));
  CHECK(second.status().code() == Code::kBusy);
  CHECK(ListingWriter::Open(dir.Of("none")).status().code() == Code::kNotFound);
}

}  // namespace
}  // namespace audiodl
