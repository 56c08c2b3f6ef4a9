// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A master and a web server, over a folder for a bucket.

#include <filesystem>

#include "common/s3write/file_store.h"
#include "common/stock/index_pull.h"
#include "common/stock/index_push.h"
#include "common/stock/last_index.h"
#include "common/stock/withdrawn_list.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

class Cluster {
 public:
  Cluster() {
    for (const char* name : {"origin", "master", "www"}) {
      std::filesystem::create_directory(dir_.Of(name));
    }
    MakeTree(master(), SampleListing(10, 10));
  }

  std::string master() const { return dir_.Of("master"); }
  std::string www() const { return dir_.Of("www"); }
  std::string index() const { return dir_.Of("origin/.audiodl/index"); }

  Result<PushReport> Push(bool force = false) { return PushWith(key_, force); }
  Result<PushReport> PushWith(const IndexSigningKey& key, bool force = false) {
    PushRequest request{.listing = master(), .origin = origin_, .guard = DropGuard()};
    request.force = force;
    request.now_ms = now_ms_++;
    return PushIndex(store_, key, request);
  }
  Result<PushReport> PushPublished(std::vector<std::string> paths) {
    PushRequest request{.listing = master(), .origin = origin_, .guard = DropGuard()};
    request.now_ms = now_ms_++;
    request.published = std::move(paths);
    return PushIndex(store_, key_, request);
  }

  PullSettings Settings() const {
    PullSettings settings{www(), origin_,
                          std::move(IndexVerifyKeys::Parse(key_.PublicPem()).value())};
    settings.compare_all = std::chrono::seconds(0);
    return settings;
  }
  // As a new process does it.
  Result<PullReport> Pull(bool force = false) {
    PullSettings settings = Settings();
    settings.force = force;
    return IndexPull(store_, std::move(settings)).Run();
  }

  bool Same() const { return *ReadListing(master()) == *ReadListing(www()); }

  TempDir dir_;
  FileStore store_{dir_.Of("origin")};
  Origin origin_ = Origin::Parse("file://" + dir_.Of("origin")).value();
  IndexSigningKey key_ = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
  int64_t now_ms_ = 1764230400000;
};

TEST_CASE("Index: what is pushed is pulled, changes and all") {
  Cluster cluster;
  const Result<PushReport> pushed = cluster.Push();
  REQUIRE(pushed.ok());
  CHECK(pushed->markers == 100);
  const Result<PullReport> pulled = cluster.Pull();
  INFO(pulled.status().text());
  REQUIRE(pulled.ok());
  CHECK(pulled->plan.made == 100);
  CHECK(pulled->serial == pushed->serial);
  CHECK(cluster.Same());
  CHECK(PulledNote::Read(cluster.www())->serial == pushed->serial);

  ListingContents changed = SampleListing(10, 10);
  changed.books["shelf/book 3"].markers["0.mp3"] += 5000000000;
  changed.books["new"].markers["1.mp3"] = kSampleTime;
  REQUIRE(NoteWithdrawn(cluster.master(), {"shelf/book 4/0.mp3"}, 1).ok());
  changed.books["shelf/book 4"].markers.erase("0.mp3");
  MakeTree(cluster.master(), changed);
  REQUIRE(cluster.Push()->changed);
  const Result<PullReport> again = cluster.Pull();
  REQUIRE(again.ok());
  CHECK(again->plan.made == 1);
  CHECK(again->plan.dated == 1);
  CHECK(again->plan.removed == 1);
  CHECK(again->plan.unexplained == 0);
  CHECK(cluster.Same());
}

TEST_CASE("Index: nothing new is pushed or done where nothing changed") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  const auto written = std::filesystem::last_write_time(cluster.index());
  CHECK_FALSE(cluster.Push()->changed);
  CHECK(std::filesystem::last_write_time(cluster.index()) == written);
  IndexPull pull(cluster.store_, cluster.Settings());
  REQUIRE(pull.Run().ok());
  const Result<PullReport> second = pull.Run();
  REQUIRE(second.ok());
  CHECK_FALSE(second->new_index);
  CHECK(second->plan.steps() == 0);
}

TEST_CASE("Index: what was broken by hand mends itself") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  IndexPull pull(cluster.store_, cluster.Settings());
  REQUIRE(pull.Run().ok());
  std::filesystem::remove_all(cluster.www() + "/shelf/book 1");
  WriteFile(cluster.www() + "/shelf/book 2/.audiodl.json", "{}");
  const Result<PullReport> second = pull.Run();
  REQUIRE(second.ok());
  CHECK_FALSE(second->new_index);
  CHECK(second->plan.made == 10);
  CHECK(cluster.Same());
}

TEST_CASE("Index: a master that lost its disk pushes nothing") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  std::filesystem::remove_all(cluster.master() + "/shelf");
  CHECK(cluster.Push().status().code() == Code::kChanged);
  std::filesystem::remove_all(cluster.master());
  CHECK(cluster.Push().status().code() == Code::kNotFound);
  REQUIRE(cluster.Pull().ok());
  CHECK(ReadListing(cluster.www())->MarkerCount() == 100);
}

TEST_CASE("Index: a first push of nothing is refused") {
  Cluster cluster;
  std::filesystem::remove_all(cluster.master() + "/shelf");
  CHECK(cluster.Push().status().code() == Code::kChanged);
  CHECK(cluster.Push(true).ok());
}

TEST_CASE("Index: what was forced on the master reaches servers that were away, too") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  REQUIRE(cluster.Pull().ok());
  MakeTree(cluster.master(), SampleListing(5, 10));
  CHECK(cluster.Push().status().code() == Code::kChanged);
  REQUIRE(cluster.Push(true).ok());
  MakeTree(cluster.master(), SampleListing(5, 11));  // and an ordinary push after it
  REQUIRE(cluster.Push().ok());
  const Result<PullReport> pulled = cluster.Pull();
  INFO(pulled.status().text());
  REQUIRE(pulled.ok());
  CHECK(pulled->plan.unexplained == 50);
  CHECK(cluster.Same());
}

TEST_CASE("Index: a withdrawal of most of the shop is no accident") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  REQUIRE(cluster.Pull().ok());
  std::vector<std::string> paths;
  for (int i = 0; i < 9; ++i) {
    for (int c = 0; c < 10; ++c) {
      paths.push_back("shelf/book " + std::to_string(i) + "/" + std::to_string(c) + ".mp3");
    }
  }
  REQUIRE(NoteWithdrawn(cluster.master(), paths, 1).ok());
  REQUIRE(cluster.Push().ok());
  REQUIRE(cluster.Pull().ok());
  CHECK(ScanListing(cluster.www(), nullptr)->MarkerCount() == 10);
}

TEST_CASE("Index: the guard of a server holds where the master's had nothing to compare") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  REQUIRE(cluster.Pull().ok());
  std::filesystem::remove(cluster.index());
  MakeTree(cluster.master(), SampleListing(2, 10));
  REQUIRE(cluster.Push().ok());
  const Result<PullReport> frozen = cluster.Pull();
  CHECK(frozen.status().code() == Code::kChanged);
  CHECK(frozen.status().text().find("80 of 100") != std::string::npos);
  CHECK(ReadListing(cluster.www())->MarkerCount() == 100);
  REQUIRE(cluster.Pull(true).ok());
  CHECK(cluster.Same());
}

TEST_CASE("Index: what was withdrawn stays so though the master lost its list, until published") {
  Cluster cluster;
  const std::vector<std::string> paths = {"shelf/book 1/0.mp3", "shelf/book 2/0.mp3"};
  REQUIRE(NoteWithdrawn(cluster.master(), paths, kSampleTime / 1000000000 + 60).ok());
  REQUIRE(cluster.Push().ok());
  REQUIRE(cluster.Pull().ok());
  CHECK(ReadListing(cluster.www())->MarkerCount() == 98);
  // Their old markers came back with a backup, the list did not.
  std::filesystem::remove(cluster.master() + "/" + WithdrawnList::kFileName);
  const Result<PushReport> kept = cluster.Push();
  REQUIRE(kept.ok());
  CHECK_FALSE(kept->changed);
  CHECK(kept->warning.starts_with("2 withdrawn chunks"));
  CHECK_FALSE(std::filesystem::exists(cluster.master() + "/" + WithdrawnList::kFileName));

  ListingContents again = SampleListing(10, 10);
  again.books["shelf/book 1"].markers["0.mp3"] = kSampleTime + 120 * INT64_C(1000000000);
  MakeTree(cluster.master(), again);
  const Result<PushReport> published = cluster.Push();
  REQUIRE(published.ok());
  CHECK(published->changed);
  CHECK(published->markers == 99);
  CHECK(published->warning.starts_with("1 withdrawn chunk"));
  REQUIRE(cluster.Pull().ok());
  CHECK(WithdrawnList::Read(cluster.www())->times() ==
        std::map<std::string, int64_t>{{paths[1], kSampleTime / 1000000000 + 60}});
}

TEST_CASE("Index: what was published is sold, though its marker is one of before the withdrawal") {
  Cluster cluster;
  const std::vector<std::string> paths = {"shelf/book 1/0.mp3", "shelf/book 2/0.mp3"};
  const int64_t withdrawn = kSampleTime / 1000000000 + 60;
  REQUIRE(NoteWithdrawn(cluster.master(), paths, withdrawn).ok());
  REQUIRE(cluster.Push().ok());
  std::filesystem::remove(cluster.master() + "/" + WithdrawnList::kFileName);
  // It fails after it has looked at the markers: what it has found out is not lost.
  std::filesystem::remove_all(cluster.master() + "/shelf/book 3");
  CHECK(cluster.PushPublished({paths[0], "no/such.mp3"}).status().code() == Code::kChanged);
  ListingContents whole = *ScanListing(cluster.master(), nullptr);
  whole.books["shelf/book 3"] = SampleListing(10, 10).books["shelf/book 3"];
  MakeTree(cluster.master(), whole);
  const Result<PushReport> pushed = cluster.Push();
  REQUIRE(pushed.ok());
  CHECK(pushed->markers == 99);
  CHECK(pushed->warning.starts_with("1 withdrawn chunk"));
  REQUIRE(cluster.Pull().ok());
  const Result<ListingContents> www = ReadListing(cluster.www());
  const int64_t* marker = www->FindMarker(*ChunkName::Parse(paths[0]));
  REQUIRE(marker != nullptr);
  CHECK(*marker > withdrawn * 1000000000);
  CHECK(www->FindMarker(*ChunkName::Parse(paths[1])) == nullptr);
}

TEST_CASE("Index: a server that goes on takes other keys") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  IndexPull pull(cluster.store_, cluster.Settings());
  REQUIRE(pull.Run().ok());
  const IndexSigningKey next = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
  REQUIRE(cluster.PushWith(next, true).ok());
  CHECK(pull.Run().status().code() == Code::kForbidden);
  pull.SetKeys(std::move(IndexVerifyKeys::Parse(next.PublicPem()).value()));
  CHECK(pull.Run()->new_index);
  REQUIRE(cluster.Push(true).ok());
  CHECK(pull.Run().status().code() == Code::kForbidden);
}

TEST_CASE("ReadLastIndex: what was pushed, or why nobody can tell") {
  Cluster cluster;
  const IndexVerifyKeys keys = std::move(IndexVerifyKeys::Parse(cluster.key_.PublicPem()).value());
  const auto read = [&](const IndexVerifyKeys* known) {
    return std::move(ReadLastIndex(cluster.store_, cluster.origin_, known).value());
  };
  CHECK(read(&keys).why == "the bucket has no index");
  CHECK_FALSE(read(&keys).is_there);
  REQUIRE(cluster.Push().ok());
  CHECK(*read(&keys).contents == *ReadListing(cluster.master()));
  CHECK_FALSE(read(nullptr).contents);
  CHECK(read(nullptr).is_there);
  const IndexSigningKey other = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
  const auto others = std::move(IndexVerifyKeys::Parse(other.PublicPem()).value());
  CHECK(read(&others).why.find("is not believed") != std::string::npos);
  WriteFile(cluster.index(), "<html>");
  CHECK_FALSE(read(&keys).contents);
}

TEST_CASE("Index: an older one is refused, until it is said to be meant") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  std::filesystem::copy_file(cluster.index(), cluster.dir_.Of("old"));
  // One more, so little that no guard would mind its going.
  ListingContents more = SampleListing(10, 10);
  more.books["new"].markers["1.mp3"] = kSampleTime;
  MakeTree(cluster.master(), more);
  REQUIRE(cluster.Push().ok());
  REQUIRE(cluster.Pull().ok());
  std::filesystem::rename(cluster.dir_.Of("old"), cluster.index());
  const Result<PullReport> refused = cluster.Pull();
  CHECK(refused.status().code() == Code::kChanged);
  CHECK(refused.status().text().find("an older one is not taken") != std::string::npos);
  CHECK(cluster.Same());
  // The master goes on from whichever serial it finds.
  cluster.now_ms_ += 1000;
  REQUIRE(cluster.Push()->changed);
  CHECK(cluster.Pull().ok());
}

TEST_CASE("Index: false signatures and other shops' indexes are not applied") {
  Cluster cluster;
  REQUIRE(cluster.Push().ok());
  REQUIRE(cluster.Pull().ok());
  const IndexSigningKey thief = std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value());
  MakeTree(cluster.master(), SampleListing(10, 12));
  CHECK(cluster.PushWith(thief).status().code() == Code::kForbidden);
  REQUIRE(cluster.PushWith(thief, true).ok());
  CHECK(cluster.Pull(true).status().code() == Code::kForbidden);
  CHECK(ReadListing(cluster.www())->MarkerCount() == 100);

  PullSettings other = cluster.Settings();
  other.origin.prefix += "/elsewhere";
  std::filesystem::create_directory(cluster.dir_.Of("origin/elsewhere"));
  REQUIRE(cluster.Push(true).ok());
  std::filesystem::copy(cluster.dir_.Of("origin/.audiodl"),
                        cluster.dir_.Of("origin/elsewhere/.audiodl"),
                        std::filesystem::copy_options::recursive);
  CHECK(IndexPull(cluster.store_, std::move(other)).Run().status().code() == Code::kInvalid);
}

// Too large for one object.
ListingContents LargeListing(int books, int chunks, int numbers) {
  ListingContents contents = SampleListing(books, chunks);
  for (auto& [name, book] : contents.books) {
    for (int i = 0; i < numbers; ++i) {
      book.manifest += std::to_string(std::hash<std::string>()(name + std::to_string(i)));
    }
  }
  return contents;
}

TEST_CASE("Index: a large listing is parts, and a server fetches the changed ones") {
  Cluster cluster;
  ListingContents contents = LargeListing(300, 20, 60);
  MakeTree(cluster.master(), contents);
  REQUIRE(cluster.Push().ok());
  const std::string parts = cluster.dir_.Of("origin/.audiodl/parts");
  const auto count = [&] {
    const std::filesystem::directory_iterator all(parts);
    return std::distance(begin(all), end(all));
  };
  CHECK(count() == 16);
  IndexPull pull(cluster.store_, cluster.Settings());
  REQUIRE(pull.Run().ok());
  CHECK(cluster.Same());
  contents.books["shelf/book 5"].markers.erase("0.mp3");
  MakeTree(cluster.master(), contents);
  const Result<PushReport> pushed = cluster.Push();
  REQUIRE(pushed.ok());
  CHECK(pushed->parts == 2);
  CHECK(count() == 17);
  REQUIRE(pull.Run().ok());
  CHECK(cluster.Same());
  // A part in another's place, well-formed and all, is not what was signed.
  const std::string first = begin(std::filesystem::directory_iterator(parts))->path();
  std::filesystem::rename(first, cluster.dir_.Of("kept"));
  std::filesystem::copy_file(std::next(begin(std::filesystem::directory_iterator(parts)))->path(),
                             first);
  CHECK(cluster.Pull().status().code() == Code::kCorrupt);
  std::filesystem::rename(cluster.dir_.Of("kept"), first);
  // A day later, what neither this index nor the last one names goes.
  cluster.now_ms_ =
      std::chrono::duration_cast<std::chrono::milliseconds>(
          (std::chrono::system_clock::now() + std::chrono::hours(25)).time_since_epoch())
          .count();
  contents.books["shelf/book 5"].markers.erase("1.mp3");
  MakeTree(cluster.master(), contents);
  REQUIRE(cluster.Push().ok());
  CHECK(count() == 17);
}

TEST_CASE("Index: what the bucket has lost of it comes again with --force, and not without") {
  Cluster cluster;
  ListingContents contents = LargeListing(20, 1, 1000);
  MakeTree(cluster.master(), contents);
  const Result<PushReport> first = cluster.Push();
  REQUIRE(first.ok());
  CHECK(first->parts > 1);
  const std::string parts = cluster.dir_.Of("origin/.audiodl/parts");
  const auto lose = [&] {
    std::filesystem::remove_all(parts);
    std::filesystem::create_directory(parts);
    CHECK(cluster.Pull().status().code() == Code::kNotFound);
  };
  // What a new server would take.
  const auto is_whole = [&] {
    const auto keys = std::move(IndexVerifyKeys::Parse(cluster.key_.PublicPem()).value());
    const Result<LastIndex> index = ReadLastIndex(cluster.store_, cluster.origin_, &keys);
    return index.ok() && index->contents == *ReadListing(cluster.master());
  };
  CHECK(is_whole());
  lose();
  CHECK_FALSE(is_whole());
  CHECK_FALSE(cluster.Push()->changed);
  const Result<PushReport> again = cluster.Push(true);
  REQUIRE(again.ok());
  CHECK(again->parts == first->parts);
  CHECK(again->warning.empty());
  CHECK(is_whole());

  lose();
  contents.books.erase("shelf/book 5");
  MakeTree(cluster.master(), contents);
  const Status refused = cluster.Push().status();
  CHECK(refused.code() == Code::kCorrupt);
  CHECK(refused.text().ends_with("--force"));
  const Result<PushReport> forced = cluster.Push(true);
  REQUIRE(forced.ok());
  CHECK(forced->warning.starts_with("the last index has lost a part"));
  CHECK(is_whole());
}

TEST_CASE("Index: no index and no listing are troubles, not an empty shop") {
  Cluster cluster;
  MakeTree(cluster.www(), SampleListing(1, 1));
  CHECK(cluster.Pull().status().code() == Code::kNotFound);
  REQUIRE(cluster.Push().ok());
  std::filesystem::remove_all(cluster.www());
  CHECK(cluster.Pull().status().code() == Code::kNotFound);
  CHECK_FALSE(std::filesystem::exists(cluster.www()));
}

}  // namespace
}  // namespace audiodl
