// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <vector>

#include "common/cache/cache_reader.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;
using WriterPtr = std::unique_ptr<CacheWriter>;

constexpr uint64_t kSize = 600000;  // three blocks, the last one short

class Cache {
 public:
  Cache() { REQUIRE(PrepareCacheDir(dir_.path()).ok()); }

  const std::string& path() const { return dir_.path(); }
  std::string Target() const { return dir_.Of(SampleId().RelativePath()); }
  std::string Of(const std::string& name) const { return dir_.Of(name); }

  Result<WriterPtr> TryCreate(uint64_t size, std::string_view etag = "\"tag\"") const {
    return CacheWriter::Create(path(), SampleId(), SampleHeader(size, etag), 7);
  }
  WriterPtr Create(uint64_t size, std::string_view etag = "\"tag\"") const {
    Result<WriterPtr> writer = TryCreate(size, etag);
    INFO(writer.status().text());
    REQUIRE(writer.ok());
    return std::move(writer).value();
  }
  Result<WriterPtr> Adopt() const {
    return CacheWriter::Adopt(path(), SampleId(), kSampleOrigin, kSampleKey);
  }
  Status Open(CacheReader& reader) const {
    return reader.Open(Target().c_str(), kSampleOrigin, kSampleKey);
  }
  // In place of the object's file, byte for byte.
  void Plant(std::string_view bytes) const {
    fs::create_directories(fs::path(Target()).parent_path());
    fs::remove_all(Target());
    std::ofstream(Target(), std::ios::binary) << bytes;
  }
  std::string Contents() const {
    Result<std::string> text = ReadWholeFile(Target(), 1 << 20);
    REQUIRE(text.ok());
    return std::move(text).value();
  }
  // The file's header page written anew.
  void Rewrite(const ObjectHeader& header, const MutableHeader& state) const {
    HeaderPage page;
    REQUIRE(EncodeHeader(header, state, page).ok());
    const UniqueFd fd(open(Target().c_str(), O_WRONLY));
    REQUIRE(WriteAt(fd.get(), Layout(header.size).header_offset, {page.data(), page.size()}).ok());
  }
  size_t Temporaries() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(Of("tmp")), fs::directory_iterator()));
  }

 private:
  TempDir dir_;
};

TEST_CASE("CacheWriter: a new file is well-formed, reserved and empty") {
  const Cache cache;
  const WriterPtr writer = cache.Create(kSize);
  CHECK(writer->missing() == 3);
  CHECK(writer->state() == FileState::kPartial);
  CHECK(writer->marker() == 7);
  CHECK(writer->BlockBytes(0) == kBlockBytes);
  CHECK(writer->BlockBytes(2) == kSize - 2 * kBlockBytes);
  struct stat info;
  REQUIRE(stat(cache.Target().c_str(), &info) == 0);
  CHECK(static_cast<uint64_t>(info.st_size) == Layout(kSize).file_bytes);
  CHECK(static_cast<uint64_t>(info.st_blocks) * 512 >= Layout(kSize).file_bytes);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(cache.Temporaries() == 0);
}

TEST_CASE("CacheWriter: what is written and marked, a reader of the same moment finds") {
  const Cache cache;
  const std::string object = SampleBytes(kSize);
  const WriterPtr writer = cache.Create(kSize);
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.FilledFrom(0).value() == 0);
  REQUIRE(writer->Write(0, BlockOf(object, 0)).ok());
  CHECK(reader.FilledFrom(0).value() == 0);  // bytes without a mark are nothing
  REQUIRE(writer->MarkBlock(0, Crc32c(BlockOf(object, 0))).ok());
  CHECK(reader.FilledFrom(0).value() == kBlockBytes);
  CHECK(writer->missing() == 2);
  REQUIRE(writer->MarkBlock(0, Crc32c(BlockOf(object, 0))).ok());
  CHECK(writer->missing() == 2);  // counted once
  REQUIRE(PutAll(*writer, object).ok());
  CHECK(writer->missing() == 0);
  REQUIRE(reader.Refresh().ok());
  CHECK(reader.complete());
  CHECK((ReadBytes(reader.fd(), 0, kSize) == object));
}

TEST_CASE("CacheWriter: objects of every size around pages and blocks, whole and adopted") {
  const Cache cache;
  for (const uint64_t size :
       {uint64_t{1}, uint64_t{511}, uint64_t{512}, uint64_t{4095}, uint64_t{4096}, uint64_t{4097},
        kBlockBytes - 1, kBlockBytes, kBlockBytes + 1, 2 * kBlockBytes - 1, 2 * kBlockBytes,
        3 * kBlockBytes + 4097}) {
    INFO(size);
    const std::string object = SampleBytes(size);
    REQUIRE(PutAll(*cache.Create(size), object).ok());
    CacheReader reader;
    REQUIRE(cache.Open(reader).ok());
    CHECK(reader.complete());
    CHECK(reader.FilledBytes().value() == size);
    CHECK((ReadBytes(reader.fd(), 0, size) == object));
    const Result<WriterPtr> adopted = cache.Adopt();
    REQUIRE(adopted.ok());
    CHECK((*adopted)->missing() == 0);
    CHECK((*adopted)->state() == FileState::kComplete);
  }
}

TEST_CASE("CacheWriter: more than a page of block entries") {
  const Cache cache;
  const uint64_t size = 513 * kBlockBytes + 1;  // sparse where the disk lets it be
  const WriterPtr writer = cache.Create(size);
  const std::string last = "z";
  REQUIRE(writer->Write(513 * kBlockBytes, last).ok());
  for (const uint64_t block : {uint64_t{511}, uint64_t{512}, uint64_t{513}}) {
    REQUIRE(writer->MarkBlock(block, 1).ok());
  }
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.FilledFrom(510 * kBlockBytes).value() == 0);
  CHECK(reader.FilledFrom(511 * kBlockBytes + 5).value() == 2 * kBlockBytes + 1 - 5);
  CHECK(cache.Adopt().value()->missing() == 511);
}

TEST_CASE("CacheWriter: an empty object is complete with no blocks") {
  const Cache cache;
  const WriterPtr writer = cache.Create(0);
  CHECK(writer->missing() == 0);
  CHECK(writer->state() == FileState::kComplete);
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.complete());
  CHECK(reader.FilledFrom(0).value() == 0);
  CHECK(reader.FilledBytes().value() == 0);
  REQUIRE(writer->Sync().ok());
  CHECK(cache.Adopt().value()->state() == FileState::kDurable);
}

TEST_CASE("CacheWriter: adopting goes on at the good blocks") {
  const Cache cache;
  const std::string object = SampleBytes(kSize);
  {
    const WriterPtr writer = cache.Create(kSize);
    REQUIRE(PutBlock(*writer, object, 1).ok());
    REQUIRE(writer->Write(0, "half a block").ok());
    REQUIRE(writer->SetLastUsed(1234).ok());
  }
  const Result<WriterPtr> adopted = cache.Adopt();
  REQUIRE(adopted.ok());
  CHECK((*adopted)->missing() == 2);
  CHECK_FALSE((*adopted)->Has(0));
  CHECK((*adopted)->Has(1));
  CHECK((*adopted)->marker() == 7);
  CHECK((*adopted)->header().etag == "\"tag\"");
  REQUIRE(PutAll(**adopted, object).ok());
  REQUIRE((*adopted)->Reserve().ok());
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  CHECK((ReadBytes(reader.fd(), 0, kSize) == object));
}

TEST_CASE("CacheWriter: durable after Sync, and stays so when other words change") {
  const Cache cache;
  const WriterPtr writer = cache.Create(kSize);
  REQUIRE(PutAll(*writer, SampleBytes(kSize)).ok());
  REQUIRE(writer->Sync().ok());
  const WriterPtr adopted = std::move(cache.Adopt()).value();
  CHECK(adopted->state() == FileState::kDurable);
  REQUIRE(adopted->SetMarker(99).ok());
  REQUIRE(adopted->SetLastUsed(5).ok());
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.complete());
  CHECK(reader.marker() == 99);
  CHECK(cache.Adopt().value()->state() == FileState::kDurable);
}

TEST_CASE("CacheWriter: a new generation leaves a partial one's readers a clean break") {
  const Cache cache;
  const std::string old_object = SampleBytes(kSize, 1);
  const std::string new_object = SampleBytes(kSize + 5, 2);
  const WriterPtr old_writer = cache.Create(kSize, "\"old\"");
  REQUIRE(PutBlock(*old_writer, old_object, 0).ok());
  CacheReader old_reader;
  REQUIRE(cache.Open(old_reader).ok());

  REQUIRE(PutAll(*cache.Create(kSize + 5, "\"new\""), new_object).ok());

  CHECK(old_reader.Refresh().code() == Code::kChanged);
  CHECK_FALSE(old_reader.complete());
  CHECK((ReadBytes(old_reader.fd(), 0, kBlockBytes) == BlockOf(old_object, 0)));
  CacheReader new_reader;
  REQUIRE(cache.Open(new_reader).ok());
  CHECK(new_reader.header().etag == "\"new\"");
  CHECK((ReadBytes(new_reader.fd(), 0, kSize + 5) == new_object));
}

TEST_CASE("CacheWriter: whoever has a complete generation open keeps it to its end") {
  const Cache cache;
  const std::string old_object = SampleBytes(kSize, 1);
  REQUIRE(PutAll(*cache.Create(kSize, "\"old\""), old_object).ok());
  CacheReader old_reader;
  REQUIRE(cache.Open(old_reader).ok());
  const WriterPtr writer = cache.Create(kSize, "\"new\"");
  CHECK(old_reader.Refresh().ok());
  CHECK(old_reader.complete());
  CHECK((ReadBytes(old_reader.fd(), 0, kSize) == old_object));
}

TEST_CASE("CacheWriter: Retire frees the name and tells the readers") {
  const Cache cache;
  const WriterPtr writer = cache.Create(kSize);
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  REQUIRE(writer->Retire().ok());
  CHECK(reader.Refresh().code() == Code::kChanged);
  CHECK_FALSE(fs::exists(cache.Target()));
  CacheReader later;
  CHECK(cache.Open(later).code() == Code::kNotFound);
  CHECK(cache.Adopt().status().code() == Code::kNotFound);
  CHECK(writer->Retire().ok());  // once more is no harm
}

TEST_CASE("CacheWriter: Retire of a replaced generation leaves the new one alone") {
  const Cache cache;
  const WriterPtr old_writer = cache.Create(kSize, "\"old\"");
  const WriterPtr new_writer = cache.Create(kSize, "\"new\"");
  REQUIRE(old_writer->Retire().ok());
  CacheReader reader;
  REQUIRE(cache.Open(reader).ok());
  CHECK(reader.header().etag == "\"new\"");
}

TEST_CASE("CacheWriter: a file that was abandoned is not adopted, but replaced") {
  const Cache cache;
  REQUIRE(cache.Create(kSize)->SetState(FileState::kAbandoned).ok());
  CHECK(cache.Adopt().status().code() == Code::kNotFound);
  CacheReader reader;
  CHECK(cache.Open(reader).code() == Code::kNotFound);
  CHECK_FALSE(reader.is_open());
  cache.Create(kSize);
  CHECK(cache.Open(reader).ok());
}

TEST_CASE("CacheWriter: after another boot only what is durable is believed") {
  struct Case {
    FileState state;
    Code expected;
  };
  const Case cases[] = {{FileState::kPartial, Code::kNotFound},
                        {FileState::kComplete, Code::kNotFound},
                        {FileState::kDurable, Code::kOk},
                        {FileState::kAbandoned, Code::kNotFound}};
  const Cache cache;
  REQUIRE(PutAll(*cache.Create(kSize), SampleBytes(kSize)).ok());
  ObjectHeader header = SampleHeader(kSize);
  header.boot_id = {1, 2, 3};
  for (const Case& c : cases) {
    INFO(static_cast<uint32_t>(c.state));
    cache.Rewrite(header, {c.state, 0, 0, 7});
    CacheReader reader;
    CHECK(cache.Open(reader).code() == c.expected);
    CHECK(cache.Adopt().status().code() == c.expected);
  }
}

TEST_CASE("CacheWriter: no prefix of a file, and no longer file, is taken for it") {
  const Cache cache;
  REQUIRE(PutAll(*cache.Create(5000), SampleBytes(5000)).ok());
  const std::string whole = cache.Contents();
  std::vector<std::string> wrong = {"",
                                    whole + std::string(1, '\0'),
                                    whole + std::string(4096, '\0'),
                                    whole + whole,
                                    whole.substr(1),
                                    whole.substr(4096)};
  for (size_t length = 1; length < whole.size(); length += 61)
    wrong.push_back(whole.substr(0, length));
  int believed = 0;
  for (const std::string& bytes : wrong) {
    cache.Plant(bytes);
    CacheReader reader;
    believed += cache.Open(reader).code() != Code::kCorrupt ? 1 : 0;
    believed += reader.is_open() ? 1 : 0;
    believed += cache.Adopt().status().code() != Code::kCorrupt ? 1 : 0;
  }
  CHECK(believed == 0);
  cache.Plant(whole);
  CacheReader reader;
  CHECK(cache.Open(reader).ok());
}

TEST_CASE("CacheWriter: another object's file is refused") {
  const Cache cache;
  REQUIRE(PutAll(*cache.Create(5000), SampleBytes(5000)).ok());
  const std::string path = cache.Target();
  CacheReader reader;
  CHECK(reader.Open(path.c_str(), kSampleOrigin, "prod/dune/02.mp3").code() == Code::kCorrupt);
  CHECK(reader.Open(path.c_str(), "s3://other", kSampleKey).code() == Code::kCorrupt);
  CHECK(reader.Open(path.c_str(), kSampleOrigin, "").code() == Code::kCorrupt);
  CHECK(CacheWriter::Adopt(cache.path(), SampleId(), "s3://other", kSampleKey).status().code() ==
        Code::kCorrupt);
}

// What may stand where the object's file should: each is a miss at once, and the next fill puts its
// file there where the system lets it.
TEST_CASE("CacheWriter: foreign things in the file's place are a miss, and never hang") {
  const Cache cache;
  fs::create_directories(fs::path(cache.Target()).parent_path());
  const std::string target = cache.Target();
  std::ofstream(cache.Of("elsewhere")) << "precious";
  struct Case {
    std::string what;
    std::function<bool()> make;
  };
  const Case cases[] = {
      {"garbage",
       [&] {
         cache.Plant(SampleBytes(20000));
         return true;
       }},
      {"a FIFO", [&] { return mkfifo(target.c_str(), 0600) == 0; }},
      {"a symbolic link",
       [&] { return symlink(cache.Of("elsewhere").c_str(), target.c_str()) == 0; }},
      {"a dangling link", [&] { return symlink("nowhere", target.c_str()) == 0; }},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    fs::remove(target);
    REQUIRE(c.make());
    CacheReader reader;
    CHECK_FALSE(cache.Open(reader).ok());
    CHECK_FALSE(cache.Adopt().ok());
    CHECK(cache.Create(5000)->missing() == 1);
    CHECK(cache.Open(reader).ok());
  }
  CHECK(ReadWholeFile(cache.Of("elsewhere"), 100).value() == "precious");
}

TEST_CASE("CacheWriter: a folder in the file's place is a miss, and an error that names it") {
  const Cache cache;
  fs::create_directories(cache.Target());
  CacheReader reader;
  CHECK(cache.Open(reader).code() == Code::kCorrupt);
  CHECK_FALSE(cache.Adopt().ok());
  const Result<WriterPtr> created = cache.TryCreate(5000);
  CHECK(created.status().code() == Code::kIo);
  CHECK(created.status().text().find(cache.Target()) != std::string::npos);
  CHECK(cache.Temporaries() == 0);
}

TEST_CASE("CacheWriter: a cache that was emptied by hand is used again") {
  const Cache cache;
  const WriterPtr writer = cache.Create(5000);
  for (const fs::path& entry : fs::directory_iterator(cache.path())) fs::remove_all(entry);
  CHECK(cache.TryCreate(5000).ok());
}

TEST_CASE("CacheWriter: a cache directory that is gone is our trouble, not a missing object") {
  std::optional<Cache> cache(std::in_place);
  const std::string path = cache->path();
  cache.reset();
  const auto created = CacheWriter::Create(path, SampleId(), SampleHeader(5000), 0);
  CHECK(created.status().code() == Code::kIo);
}

TEST_CASE("CacheWriter: an object too large for the format is refused, with nothing left behind") {
  const Cache cache;
  const Result<WriterPtr> writer = cache.TryCreate(kMaxObjectBytes + 1);
  CHECK(writer.status().code() == Code::kInvalid);
  CHECK(cache.Temporaries() == 0);
}

TEST_CASE("PrepareCacheDir: removes orphans, keeps what is being made and what is not ours") {
  const Cache cache;
  const std::string name = cache.Of("tmp/" + SampleId().Hex());
  std::ofstream(name + ".1.1") << "x";
  std::ofstream(name + ".2.1") << "x";
  fs::create_directory(name + ".3.1");
  fs::create_symlink("/nowhere", name + ".4.1");
  REQUIRE(mkfifo((name + ".5.1").c_str(), 0600) == 0);
  const std::vector<std::string> foreign = {cache.Of("tmp/thesis.tex"), cache.Of("tmp/orphan.1.1"),
                                            name, name + ".1", name + ".x.1"};
  for (const std::string& path : foreign) std::ofstream(path) << "years of work";
  const UniqueFd maker(open((name + ".2.1").c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(flock(maker.get(), LOCK_EX) == 0);
  REQUIRE(PrepareCacheDir(cache.path()).ok());
  CHECK_FALSE(fs::exists(name + ".1.1"));
  CHECK(fs::exists(name + ".2.1"));
  CHECK(fs::exists(name + ".3.1"));
  for (const std::string& path : foreign) CHECK(fs::exists(path));
}

TEST_CASE("PrepareCacheDir: says which folder cannot be made") {
  const TempDir dir;
  std::ofstream(dir.Of("tmp")) << "a file";
  const Status status = PrepareCacheDir(dir.path());
  CHECK(status.code() == Code::kIo);
  CHECK(status.text().find(dir.Of("tmp")) != std::string::npos);
}

}  // namespace
}  // namespace audiodl
