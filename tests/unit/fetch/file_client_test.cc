// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/file_client.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/recording_sink.h"

namespace audiodl {
namespace {

constexpr uint64_t kSize = 3'500'000;  // some slices

struct Folder {
  Folder() { Write(object); }

  std::string path() const { return dir.Of("a.mp3"); }
  void Write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }
  ReadRequest Request(uint64_t offset, uint64_t length, const std::string& if_match = "") const {
    return ReadRequest{path(), false, offset, length, if_match};
  }
  // The whole of a read.
  RecordingSink Read(const ReadRequest& request) {
    RecordingSink sink;
    sink.read = client.Start(request, sink);
    while (client.Step()) {
    }
    return sink;
  }

  TempDir dir;
  const std::string object = SampleBytes(kSize);
  FileClient client;
};

TEST_CASE("FileClient: a range, as far as the file reaches") {
  struct Case {
    uint64_t offset, length, expected;
  };
  const Case cases[] = {{0, kSize, kSize},           {0, 1, 1},
                        {0, UINT64_MAX, kSize},      {kSize - 1, 1, 1},
                        {kSize - 1, 100, 1},         {1048575, 2, 2},
                        {1048576, 1048577, 1048577}, {77, UINT64_MAX, kSize - 77}};
  Folder folder;
  for (const Case& c : cases) {
    INFO(c.offset << " " << c.length);
    const RecordingSink sink = folder.Read(folder.Request(c.offset, c.length));
    CHECK(sink.done);
    CHECK(sink.status.ok());
    CHECK(sink.heads == 1);
    CHECK(sink.first == c.offset);
    CHECK(sink.end == c.offset + c.expected);
    CHECK((sink.body == folder.object.substr(c.offset, c.expected)));
  }
}

TEST_CASE("FileClient: nothing is called from within Start") {
  Folder folder;
  RecordingSink sink;
  sink.read = folder.client.Start(folder.Request(0, 10), sink);
  CHECK(sink.heads == 0);
  CHECK_FALSE(sink.done);
}

TEST_CASE("FileClient: the head alone") {
  Folder folder;
  const RecordingSink sink = folder.Read(ReadRequest{folder.path(), true, 0, 0, ""});
  CHECK(sink.status.ok());
  CHECK(sink.info.size == kSize);
  CHECK(sink.info.etag.size() > 2);
  CHECK(sink.body.empty());
  struct stat info;
  REQUIRE(stat(folder.path().c_str(), &info) == 0);
  CHECK(sink.info.last_modified.time_since_epoch().count() == info.st_mtim.tv_sec);
}

TEST_CASE("FileClient: what cannot be read, by kind") {
  Folder folder;
  std::ofstream(folder.dir.Of("empty"));
  std::filesystem::create_directory(folder.dir.Of("folder"));
  REQUIRE(mkfifo(folder.dir.Of("fifo").c_str(), 0600) == 0);
  struct Case {
    std::string name;
    Code expected;
  };
  const Case cases[] = {{"absent", Code::kNotFound},
                        {"folder", Code::kNotFound},
                        {"fifo", Code::kNotFound},
                        {"empty", Code::kOutOfRange}};
  for (const Case& c : cases) {
    INFO(c.name);
    const RecordingSink sink = folder.Read(ReadRequest{folder.dir.Of(c.name), false, 0, 1, ""});
    CHECK(sink.status.code() == c.expected);
    CHECK(sink.heads == 0);
  }
  CHECK(folder.Read(folder.Request(kSize, 1)).status.code() == Code::kOutOfRange);
  CHECK(folder.Read(ReadRequest{folder.dir.Of("empty"), true, 0, 0, ""}).status.ok());
}

TEST_CASE("FileClient: an entity tag that is not the file's is a change") {
  Folder folder;
  const std::string etag = folder.Read(folder.Request(0, 1)).info.etag;
  CHECK(folder.Read(folder.Request(0, 1, etag)).status.ok());
  const RecordingSink sink = folder.Read(folder.Request(0, 1, "\"other\""));
  CHECK(sink.status.code() == Code::kChanged);
  CHECK(sink.heads == 0);
}

TEST_CASE("FileClient: a file changed in place while it is read is another generation") {
  enum class Change { kRewritten, kCut, kEmptied };
  for (const Change change : {Change::kRewritten, Change::kCut, Change::kEmptied}) {
    INFO(static_cast<int>(change));
    Folder folder;
    const timespec past[2] = {{1700000000, 0}, {1700000000, 0}};
    REQUIRE(utimensat(AT_FDCWD, folder.path().c_str(), past, 0) == 0);
    RecordingSink sink;
    sink.read = folder.client.Start(folder.Request(0, kSize), sink);
    folder.client.Step();
    if (change == Change::kRewritten) {
      const UniqueFd fd(open(folder.path().c_str(), O_WRONLY));
      REQUIRE(pwrite(fd.get(), "x", 1, 3'000'000) == 1);
    } else {
      REQUIRE(truncate(folder.path().c_str(), change == Change::kCut ? 2'000'000 : 0) == 0);
    }
    while (folder.client.Step()) {
    }
    CHECK(sink.status.code() == Code::kChanged);
    CHECK(sink.body.size() < kSize);
  }
}

TEST_CASE("FileClient: a file replaced by rename is read to its end") {
  Folder folder;
  RecordingSink sink;
  sink.read = folder.client.Start(folder.Request(0, kSize), sink);
  folder.client.Step();
  std::ofstream(folder.dir.Of("new")) << "new";
  std::filesystem::rename(folder.dir.Of("new"), folder.path());
  while (folder.client.Step()) {
  }
  CHECK(sink.status.ok());
  CHECK((sink.body == folder.object));
}

TEST_CASE("FileClient: a sink that wants no more gets no more") {
  Folder folder;
  for (const bool at_head : {true, false}) {
    RecordingSink sink;
    sink.take_head = !at_head;
    sink.take_body = false;
    sink.read = folder.client.Start(folder.Request(0, kSize), sink);
    while (folder.client.Step()) {
    }
    CHECK(sink.done);
    CHECK_FALSE(sink.status.ok());
    CHECK(sink.bodies == (at_head ? 0 : 1));
  }
}

TEST_CASE("FileClient: reads move in turn, and one may end another") {
  Folder folder;
  RecordingSink first, second, third;
  first.read = folder.client.Start(folder.Request(0, 10), first);
  second.read = folder.client.Start(folder.Request(0, kSize), second);
  third.read = folder.client.Start(folder.Request(0, kSize), third);
  first.on_done = [&] { second.read.reset(); };
  folder.client.Step();
  CHECK(first.done);
  CHECK(third.body.size() > 0);
  while (folder.client.Step()) {
  }
  CHECK_FALSE(second.done);
  CHECK((third.body == folder.object));
}

}  // namespace
}  // namespace audiodl
