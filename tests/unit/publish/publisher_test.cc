// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/publisher.h"

#include <fcntl.h>
#include <unistd.h>

#include <functional>

#include "common/audio/id3_tag.h"
#include "common/base/digest.h"
#include "common/publish/book_lock.h"
#include "common/zip/crc32.h"
#include "tests/unit/catch.h"
#include "tests/unit/publish/publish_rig.h"

namespace audiodl {
namespace {

std::string Tagged(const std::string& title, size_t frames) {
  Id3Tag tag;
  tag.title = title;
  tag.album = "Dune";
  tag.artist = "Frank Herbert";
  tag.chapters = {{.start_ms = 0, .end_ms = 100, .title = "One"},
                  {.start_ms = 99999999, .end_ms = 99999999, .title = "Beyond"}};
  return tag.Text() + SilentFrames(frames);
}

TEST_CASE("Publisher: what is published is at the origin, described and listed") {
  PublishRig rig;
  rig.WriteMaster("10.mp3", Tagged("Ten", 100));
  rig.WriteMaster("2.mp3", Tagged("Two", 50));
  rig.WriteMaster("extras.pdf", "%PDF");
  NotingObserver observer;
  REQUIRE(rig.Publish(observer).text().empty());
  CHECK(observer.sent == 3);
  CHECK(rig.IsListed("10.mp3"));
  CHECK(rig.Object("2.mp3") == Tagged("Two", 50));

  const Manifest manifest = rig.ReadManifest();
  CHECK(manifest.title == "Dune");
  CHECK(manifest.author == "Frank Herbert");
  REQUIRE(manifest.chunks.size() == 3);
  const ManifestChunk& two = manifest.chunks[0];
  CHECK(two.name == "2.mp3");
  CHECK(manifest.chunks[1].name == "10.mp3");
  CHECK(two.title == "Two");
  CHECK(two.size == Tagged("Two", 50).size());
  CHECK(two.sha256 == HexEncode(Sha256Of(Tagged("Two", 50))));
  CHECK(two.crc32 == Crc32(Tagged("Two", 50)));
  CHECK(two.duration_ms == 1306);
  CHECK(two.etag == rig.store().Head(rig.ObjectPath("2.mp3"))->etag);
  CHECK(two.chapters == std::vector<Chapter>{{.start_ms = 0, .title = "One"}});
  CHECK_FALSE(manifest.chunks[2].duration_ms);
}

TEST_CASE("Publisher: markers come last, after every object was read back and the manifest") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  rig.WriteMaster("2.mp3", SilentFrames(20));
  NotingObserver observer;
  REQUIRE(rig.Publish(observer).ok());
  using Step = PublishStep;
  CHECK(observer.steps == std::vector<std::pair<Step, std::string>>{{Step::kInspect, "1.mp3"},
                                                                    {Step::kInspect, "2.mp3"},
                                                                    {Step::kUpload, "1.mp3"},
                                                                    {Step::kReadBack, "1.mp3"},
                                                                    {Step::kUpload, "2.mp3"},
                                                                    {Step::kReadBack, "2.mp3"},
                                                                    {Step::kManifest, ""},
                                                                    {Step::kMarker, "1.mp3"},
                                                                    {Step::kMarker, "2.mp3"}});
}

TEST_CASE("Publisher: the second time nothing is sent and nothing changes") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  REQUIRE(rig.Publish().ok());
  const int64_t time = rig.MarkerTime("1.mp3");
  const ino_t manifest = [&] {
    struct stat info = {};
    return stat(rig.ManifestPath().c_str(), &info) == 0 ? info.st_ino : 0;
  }();
  NotingObserver observer;
  REQUIRE(rig.Publish(observer).ok());
  CHECK(observer.sent == 0);
  CHECK(observer.fates["1.mp3"] == ChunkFate::kUnchanged);
  CHECK(rig.MarkerTime("1.mp3") == time);
  struct stat info = {};
  REQUIRE(stat(rig.ManifestPath().c_str(), &info) == 0);
  CHECK(info.st_ino == manifest);
}

TEST_CASE("Publisher: what is at the origin but not listed is compared, not sent") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  REQUIRE(rig.Publish().ok());
  REQUIRE(unlink(rig.ManifestPath().c_str()) == 0);
  REQUIRE(unlink(rig.MarkerPath("1.mp3").c_str()) == 0);
  NotingObserver observer;
  REQUIRE(rig.Publish(observer).ok());
  CHECK(observer.sent == 0);
  CHECK(observer.fates["1.mp3"] == ChunkFate::kAdded);
  CHECK(rig.IsListed("1.mp3"));
  CHECK(rig.ReadManifest().chunks.size() == 1);
}

TEST_CASE("Publisher: an object of the same size with other bytes is replaced") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  std::filesystem::create_directories(rig.dir().Of("origin/fantasy/dune"));
  std::ofstream(rig.ObjectPath("1.mp3")) << std::string(4170, 'x');
  NotingObserver observer;
  REQUIRE(rig.Publish(observer).ok());
  CHECK(observer.sent == 1);
  CHECK(rig.Object("1.mp3") == SilentFrames(10));
}

TEST_CASE("Publisher: replacing gives the marker a later time, whatever the clock says") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  rig.WriteMaster("2.mp3", SilentFrames(10));
  REQUIRE(rig.Publish().ok());
  // A marker from a machine whose clock is an hour ahead.
  const timespec ahead = {time(nullptr) + 3600, 5};
  const timespec times[2] = {ahead, ahead};
  REQUIRE(utimensat(AT_FDCWD, rig.MarkerPath("1.mp3").c_str(), times, 0) == 0);
  const int64_t before = rig.MarkerTime("1.mp3");
  const int64_t other = rig.MarkerTime("2.mp3");
  rig.WriteMaster("1.mp3", SilentFrames(11));
  NotingObserver observer;
  REQUIRE(rig.Publish(observer).ok());
  CHECK(observer.fates["1.mp3"] == ChunkFate::kReplaced);
  CHECK(observer.fates["2.mp3"] == ChunkFate::kUnchanged);
  CHECK(rig.MarkerTime("1.mp3") > before);
  // So much later that whatever replicates the listing sees it.
  CHECK(rig.MarkerTime("1.mp3") >= before + 3000000000);
  CHECK(rig.MarkerTime("2.mp3") == other);
  CHECK(rig.ReadManifest().Find("1.mp3")->size == 4587);
}

TEST_CASE("Publisher: one file that is not whole, and nothing is done") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  rig.WriteMaster("2.mp3", SilentFrames(100).substr(0, 41000));
  rig.WriteMaster("3.mp3", "");
  rig.WriteMaster("4.m4b", "no box");
  NotingObserver observer;
  const Status status = rig.Publish(observer);
  CHECK(status.code() == Code::kCorrupt);
  CHECK(status.text() == "nothing was published: 3 of 4 files are not whole");
  REQUIRE(observer.refused.size() == 3);
  CHECK(observer.refused[0].find("2.mp3: broken at 0:02.560 (byte 40866)") != std::string::npos);
  CHECK(observer.refused[1].ends_with("3.mp3: it is empty"));
  CHECK(std::filesystem::is_empty(rig.dir().Of("origin")));
  CHECK_FALSE(rig.IsListed("1.mp3"));
}

TEST_CASE("Publisher: names that cannot be") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  const auto publish = [&](const std::string& book, std::vector<std::string> paths) {
    NotingObserver observer;
    const PublishEnd end =
        Publisher(rig.Place(), observer).Publish({.book = book, .paths = std::move(paths)});
    // A name is the files'; a path that is not there is not.
    CHECK(end.is_refused() == (end.status().code() == Code::kInvalid));
    return end.status();
  };
  const std::string file = rig.dir().Of("master/1.mp3");
  for (const char* book : {"", "/", "a//b", "../a", ".a", "a\n"}) {
    CAPTURE(book);
    CHECK(publish(book, {file}).code() == Code::kInvalid);
  }
  CHECK(publish("a", {file, file}).code() == Code::kInvalid);
  CHECK(publish("a", {rig.dir().Of("listing")}).code() == Code::kInvalid);  // nothing in it
  CHECK(publish("a", {rig.dir().Of("no-such")}).code() == Code::kNotFound);
  CHECK(publish("a", {rig.dir().path()}).text().find("is a folder within the folder") !=
        std::string::npos);
  rig.WriteMaster("u\xcc\x88.mp3", SilentFrames(10));
  CHECK(publish("a", {rig.dir().Of("master")}).text().find("convmv") != std::string::npos);
  REQUIRE(unlink(rig.dir().Of("master/u\xcc\x88.mp3").c_str()) == 0);
  rig.WriteMaster("\xff.mp3", SilentFrames(10));
  CHECK(publish("a", {rig.dir().Of("master")}).text().find("UTF-8") != std::string::npos);
}

TEST_CASE("Publisher: names that differ in case only, among the files and with what is listed") {
  PublishRig rig;
  rig.WriteMaster("one.mp3", SilentFrames(10));
  REQUIRE(rig.Publish().ok());
  rig.WriteMaster("ONE.mp3", SilentFrames(10));
  CHECK(rig.Publish().text().find("but for its case") != std::string::npos);
  REQUIRE(unlink(rig.dir().Of("master/one.mp3").c_str()) == 0);
  CHECK(rig.Publish().text().find("differs only in case") != std::string::npos);
}

TEST_CASE("Publisher: details are kept until others are given") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", Tagged("One", 10));
  PublishJob job = rig.Job();
  job.details.title = "Given";
  job.details.language = "en";
  NotingObserver observer;
  REQUIRE(Publisher(rig.Place(), observer).Publish(job).ok());
  job.details = BookDetails();
  job.details.narrator = "Simon Vance";
  REQUIRE(Publisher(rig.Place(), observer).Publish(job).ok());
  const Manifest manifest = rig.ReadManifest();
  CHECK(manifest.title == "Given");
  CHECK(manifest.author == "Frank Herbert");
  CHECK(manifest.language == "en");
  CHECK(manifest.narrator == "Simon Vance");
}

TEST_CASE("Publisher: a manifest that cannot be read is left alone") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  REQUIRE(rig.Publish().ok());
  std::ofstream(rig.ManifestPath()) << "{";
  const Status status = rig.Publish();
  CHECK(status.code() == Code::kInvalid);
  CHECK(status.text().find(rig.ManifestPath()) != std::string::npos);
  CHECK(ReadWholeFile(rig.ManifestPath(), 100).value() == "{");
}

TEST_CASE("Publisher: a file in a marker's place is nobody's to overwrite") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  std::filesystem::create_directories(rig.dir().Of("listing/fantasy/dune"));
  std::ofstream(rig.MarkerPath("1.mp3")) << "somebody's master";
  CHECK(rig.Publish().code() == Code::kInvalid);
  CHECK(ReadWholeFile(rig.MarkerPath("1.mp3"), 100).value() == "somebody's master");
}

TEST_CASE("Publisher: a plan changes nothing") {
  PublishRig rig;
  rig.WriteMaster("1.mp3", SilentFrames(10));
  NotingObserver observer;
  std::vector<PlannedChunk> planned;
  REQUIRE(Publisher(rig.Place(), observer).Plan(rig.Job(), planned).ok());
  REQUIRE(planned.size() == 1);
  CHECK(planned.front().verdict == ChunkUpload::Verdict::kMissing);
  CHECK(std::filesystem::is_empty(rig.dir().Of("origin")));
  CHECK(std::filesystem::is_empty(rig.dir().Of("listing")));
}

// A disk or a network that changes a byte on the way.
class LyingStore : public FileStore {
 public:
  LyingStore(std::string root, int lies) : FileStore(std::move(root)), lies_(lies) {}

  Result<std::string> UploadFile(const std::string& key, const std::string& path,
                                 const PutOptions& options, const Progress& progress) override {
    if (lies_-- <= 0) return FileStore::UploadFile(key, path, options, progress);
    std::string bytes = ReadWholeFile(path, 1 << 20).value();
    bytes[bytes.size() / 2] ^= 1;
    return Put(key, bytes, options);
  }

 private:
  int lies_;
};

TEST_CASE(
    "Publisher: an object that is not what was sent is sent again, then given up, never listed") {
  for (const int lies : {1, 2}) {
    PublishRig rig;
    rig.WriteMaster("1.mp3", SilentFrames(10));
    LyingStore store(rig.dir().Of("origin"), lies);
    NotingObserver observer;
    PublishPlace place = {
        .store = store, .origin = rig.Place().origin, .listing = rig.dir().Of("listing")};
    const PublishEnd end = Publisher(place, observer).Publish(rig.Job());
    CHECK(end.status().code() == (lies == 1 ? Code::kOk : Code::kCorrupt));
    CHECK_FALSE(end.is_refused());
    CHECK(rig.IsListed("1.mp3") == (lies == 1));
  }
}

// An origin that answers every request alike.
class RefusingStore : public FileStore {
 public:
  RefusingStore(std::string root, Status answer)
      : FileStore(std::move(root)), answer_(std::move(answer)) {}

  Result<ObjectInfo> Head(const std::string& /*key*/) override { return answer_; }

 private:
  Status answer_;
};

TEST_CASE("Publisher: whatever the origin and the listing say, it is not the files' fault") {
  struct Case {
    const char* what;
    std::function<void(PublishRig&)> spoil;
    Code code;
  };
  const Case cases[] = {
      {"the origin is not mounted",
       [](PublishRig& rig) { std::filesystem::remove(rig.dir().Of("origin")); }, Code::kInvalid},
      {"the listing is not mounted",
       [](PublishRig& rig) { std::filesystem::remove(rig.dir().Of("listing")); }, Code::kNotFound},
      {"a manifest is broken",
       [](PublishRig& rig) {
         std::filesystem::create_directories(rig.dir().Of("listing/fantasy/dune"));
         std::ofstream(rig.ManifestPath()) << "{";
       },
       Code::kInvalid},
      {"a file stands in a marker's place",
       [](PublishRig& rig) {
         std::filesystem::create_directories(rig.dir().Of("listing/fantasy/dune"));
         std::ofstream(rig.MarkerPath("1.mp3")) << "somebody's master";
       },
       Code::kInvalid},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    PublishRig rig;
    rig.WriteMaster("1.mp3", SilentFrames(10));
    c.spoil(rig);
    NotingObserver observer;
    const PublishEnd end = rig.PublishJobOf(observer);
    CHECK(end.status().code() == c.code);
    CHECK_FALSE(end.is_refused());
  }
  // A wrong region, a session that ended, a store that cannot do it: S3 says each in many ways.
  for (const Code code : {Code::kInvalid, Code::kCorrupt, Code::kForbidden, Code::kUnreachable}) {
    CAPTURE(CodeName(code));
    PublishRig rig;
    rig.WriteMaster("1.mp3", SilentFrames(10));
    RefusingStore store(rig.dir().Of("origin"), Status(code, "HTTP 400"));
    NotingObserver observer;
    const PublishEnd end =
        Publisher(
            {.store = store, .origin = rig.Place().origin, .listing = rig.dir().Of("listing")},
            observer)
            .Publish(rig.Job());
    CHECK(end.status().code() == code);
    CHECK_FALSE(end.is_refused());
  }
}

TEST_CASE("Publisher: what is wrong with the files is refused before anything is sent") {
  struct Case {
    const char* what;
    std::function<void(PublishRig&, PublishJob&)> spoil;
    Code code;
  };
  const Case cases[] = {
      {"cut",
       [](PublishRig& rig, PublishJob&) {
         rig.WriteMaster("2.mp3", SilentFrames(10).substr(0, 1000));
       },
       Code::kCorrupt},
      {"a name that cannot be",
       [](PublishRig& rig, PublishJob&) { rig.WriteMaster("\xff.mp3", SilentFrames(10)); },
       Code::kInvalid},
      {"a name that is listed in other letters",
       [](PublishRig& rig, PublishJob&) {
         std::filesystem::create_directories(rig.dir().Of("listing/fantasy/dune"));
         std::ofstream(rig.MarkerPath("1.MP3")) << "";
       },
       Code::kInvalid},
      {"a title that no manifest may have",
       [](PublishRig&, PublishJob& job) { job.details.title = "Dune\x01"; }, Code::kInvalid},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    PublishRig rig;
    rig.WriteMaster("1.mp3", SilentFrames(10));
    PublishJob job = rig.Job();
    c.spoil(rig, job);
    NotingObserver observer;
    const PublishEnd end = Publisher(rig.Place(), observer).Publish(job);
    CHECK(end.status().code() == c.code);
    CHECK(end.is_refused());
    CHECK(std::filesystem::is_empty(rig.dir().Of("origin")));
    std::vector<PlannedChunk> planned;
    CHECK(Publisher(rig.Place(), observer).Plan(job, planned).is_refused());
  }
}

TEST_CASE("BookLock: one holder of a book, any number of books") {
  PublishRig rig;
  const std::string listing = rig.dir().Of("listing");
  {
    const Result<BookLock> one = BookLock::Take(listing, "one");
    REQUIRE(one.ok());
    CHECK(BookLock::Take(listing, "one").status().code() == Code::kBusy);
    CHECK(BookLock::Take(listing, "two").ok());
    rig.WriteMaster("1.mp3", SilentFrames(10));
    NotingObserver observer;
    PublishJob job = rig.Job();
    job.book = "one";
    CHECK(Publisher(rig.Place(), observer).Publish(job).status().code() == Code::kBusy);
    CHECK(rig.Withdraw({.book = "one"}).status().code() == Code::kBusy);
  }
  CHECK(BookLock::Take(listing, "one").ok());
  CHECK(BookLock::Take(rig.dir().Of("no-such"), "one").status().code() == Code::kNotFound);
}

TEST_CASE("MergeChunks: natural order where it was, the operator's where it was not") {
  const auto names = [](const Manifest& manifest) {
    std::string all;
    for (const ManifestChunk& chunk : manifest.chunks) all += chunk.name + " ";
    return all;
  };
  const auto of = [](std::vector<const char*> list) {
    std::vector<ManifestChunk> chunks;
    for (const char* name : list) chunks.emplace_back().name = name;
    return chunks;
  };
  Manifest natural;
  natural.chunks = of({"1", "2", "10"});
  MergeChunks(of({"3", "11"}), natural);
  CHECK(names(natural) == "1 2 3 10 11 ");
  Manifest own;
  own.chunks = of({"intro", "b", "a"});
  MergeChunks(of({"d", "b", "c"}), own);
  CHECK(names(own) == "intro b a c d ");
}

}  // namespace
}  // namespace audiodl
