// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/zip/zip_layout.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/base/file_io.h"
#include "common/base/unique_fd.h"
#include "common/zip/crc32.h"
#include "common/zip/zip_records.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr int64_t kModified = 1'795'748'521;  // 2026-11-27T03:02:01Z, a second that DOS has not

struct Book {
  std::vector<std::string> contents;
  std::vector<ZipEntry> entries;

  void Add(std::string name, std::string content) {
    entries.push_back({std::move(name), content.size(), Crc32(content), kModified, ""});
    contents.push_back(std::move(content));
  }

  std::string Bytes(const ZipLayout& zip, const ByteRange& range) const {
    std::string bytes;
    for (const ZipPiece& piece : zip.Pieces(range)) {
      if (piece.entry) {
        bytes += contents[*piece.entry].substr(piece.bytes.offset, piece.bytes.length);
      } else {
        bytes += piece.literal;
      }
    }
    return bytes;
  }
};

Book SmallBook() {
  Book book;
  book.Add("Dune/01 - Das Erste.mp3", SampleBytes(70'001));
  book.Add("Dune/02 - Größe, 大.mp3", SampleBytes(300, 2));
  book.Add("Dune/empty.mp3", "");
  book.Add("Dune/03.mp3", SampleBytes(1, 3));
  return book;
}

// A file with the literals in it, and holes where the contents would be.
void WriteSparse(const ZipLayout& zip, const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(file.valid());
  uint64_t at = 0;
  for (const ZipPiece& piece : zip.Pieces({0, zip.size()})) {
    if (!piece.entry) REQUIRE(WriteAt(file.get(), at, piece.literal).ok());
    at += piece.entry ? piece.bytes.length : piece.literal.size();
  }
  CHECK(at == zip.size());
}

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> bytes;
  while (const size_t n = fread(bytes.data(), 1, bytes.size(), pipe.get())) {
    output.append(bytes.data(), n);
  }
  return output;
}

// What Python's zipfile finds in a file: for each entry what the directory says, and whether the
// local header is where that says and agrees.
std::string ReadByPython(const std::string& path) {
  static const char kProgram[] =
      "import sys, zipfile\n"
      "z = zipfile.ZipFile(sys.argv[1])\n"
      "for i in z.infolist():\n"
      "    z.open(i).close()\n"
      "    print(i.filename.encode().hex(), i.file_size, i.compress_size, i.CRC, i.header_offset,"
      " '%04d%02d%02d%02d%02d%02d' % i.date_time, i.flag_bits, i.external_attr >> 16)\n";
  return OutputOf("python3 -c \"" + std::string(kProgram) + "\" " + path);
}

// The same as the layout has it.
std::string Expected(const ZipLayout& zip, const std::string& time) {
  std::string lines;
  uint64_t offset = 0;
  for (const ZipEntry& entry : zip.entries()) {
    lines += HexEncode({reinterpret_cast<const uint8_t*>(entry.name.data()), entry.name.size()});
    lines += " " + std::to_string(entry.size) + " " + std::to_string(entry.size);
    lines += " " + std::to_string(entry.crc32) + " " + std::to_string(offset);
    lines += " " + time + " 2048 33188\n";
    offset += ZipLocalHeader(entry).size() + entry.size;
  }
  return lines;
}

TEST_CASE("ZipLayout: Python's zipfile and unzip read what it describes") {
  const TempDir dir;
  const Book book = SmallBook();
  const Result<ZipLayout> zip = ZipLayout::Make(book.entries);
  REQUIRE(zip.ok());
  const std::string bytes = book.Bytes(*zip, {0, zip->size()});
  CHECK(bytes.size() == zip->size());
  const UniqueFd file(open(dir.Of("a.zip").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(WriteAt(file.get(), 0, bytes).ok());
  CHECK(ReadByPython(dir.Of("a.zip")) == Expected(*zip, "20261127030200"));
  CHECK(OutputOf("unzip -tqq " + dir.Of("a.zip") + " && echo good") == "good\n");
  // The extended timestamp has the odd second.
  CHECK(OutputOf("TZ=UTC zipinfo -T " + dir.Of("a.zip") + " | grep -c 20261127.030201") == "4\n");
}

TEST_CASE("ZipLayout: entries and offsets beyond 4 GiB are in Zip64, at every edge of it") {
  const TempDir dir;
  const uint64_t edge = 0xffffffff;
  const std::vector<std::vector<uint64_t>> books = {
      {edge - 1, 5},           // the second one's offset is too large, no size
      {edge, 5},               // and the first one's size
      {edge + 1, 0, 7},        //
      {6 * kGiB, 700 * kGiB},  //
      {5, edge - 45},          // only the directory's offset
      {kGiB, kGiB, kGiB, kGiB, 1},
  };
  for (const std::vector<uint64_t>& sizes : books) {
    std::vector<ZipEntry> entries;
    for (const uint64_t size : sizes) {
      const std::string name = "a/" + std::to_string(entries.size());
      entries.push_back({name, size, size == 0 ? 0 : 0xcbf43926, 400'000'000, ""});
    }
    const Result<ZipLayout> zip = ZipLayout::Make(entries);
    REQUIRE(zip.ok());
    const std::string path = dir.Of(std::to_string(zip->size()));
    WriteSparse(*zip, path);
    CHECK(ReadByPython(path) == Expected(*zip, "19820904150640"));
  }
}

TEST_CASE("ZipLayout: unzip reads Zip64 too") {
  const TempDir dir;
  const Result<ZipLayout> zip =
      ZipLayout::Make({{"a/1", 6 * kGiB, 1, {}, ""}, {"a/2", 700 * kGiB, 2, {}, ""}});
  REQUIRE(zip.ok());
  WriteSparse(*zip, dir.Of("a.zip"));
  CHECK(OutputOf("zipinfo -t " + dir.Of("a.zip")).starts_with("2 files, 758061727744 bytes"));
}

TEST_CASE("ZipLayout: what is small has no Zip64 in it") {
  const Book book = SmallBook();
  const Result<ZipLayout> zip = ZipLayout::Make(book.entries);
  REQUIRE(zip.ok());
  CHECK(book.Bytes(*zip, {0, zip->size()}).find("PK\x06\x06") == std::string::npos);
  CHECK(ZipEnd(0xfffe, 0xfffffffe, 0xfffffffe).size() == 22);
  CHECK(ZipEnd(0xffff, 1, 1).size() == 98);
  CHECK(ZipEnd(1, 0xffffffff, 1).size() == 98);
  CHECK(ZipEnd(1, 1, 0xffffffff).size() == 98);
}

TEST_CASE("ZipLayout: more entries than sixteen bits can count") {
  const TempDir dir;
  std::vector<ZipEntry> entries;
  for (int i = 0; i < 70'000; ++i) entries.push_back({std::to_string(i), 0, 0, {}, ""});
  const Result<ZipLayout> zip = ZipLayout::Make(entries);
  REQUIRE(zip.ok());
  WriteSparse(*zip, dir.Of("a.zip"));
  CHECK(OutputOf("zipinfo -1 " + dir.Of("a.zip") + " | wc -l") == "70000\n");
  CHECK(ReadByPython(dir.Of("a.zip")) == Expected(*zip, "19800101000000"));
}

TEST_CASE("ZipLayout: a thousand random ranges are the same bytes of the whole") {
  const Book book = SmallBook();
  const Result<ZipLayout> zip = ZipLayout::Make(book.entries);
  REQUIRE(zip.ok());
  const std::string whole = book.Bytes(*zip, {0, zip->size()});
  std::mt19937_64 random(7);
  const auto below = [&](uint64_t n) {
    return std::uniform_int_distribution<uint64_t>(0, n - 1)(random);
  };
  for (int i = 0; i < 1000; ++i) {
    // Half of them near the end, where all the small pieces are.
    const uint64_t span = i % 2 == 0 ? whole.size() : 1500;
    const uint64_t offset = whole.size() - 1 - below(span);
    const uint64_t length = 1 + below(whole.size() - offset);
    INFO(offset << "+" << length);
    REQUIRE(book.Bytes(*zip, {offset, length}) == whole.substr(offset, length));
    for (const ZipPiece& piece : zip->Pieces({offset, length})) {
      REQUIRE((piece.entry ? piece.bytes.length : piece.literal.size()) > 0);
    }
  }
  CHECK(zip->Pieces({0, 0}).empty());
}

TEST_CASE("ZipLayout: nothing is a zip too") {
  const Result<ZipLayout> zip = ZipLayout::Make({});
  REQUIRE(zip.ok());
  CHECK(zip->size() == 22);
  REQUIRE(zip->Pieces({0, 22}).size() == 1);
}

TEST_CASE("ZipLayout: names that could unpack elsewhere, or that no reader knows, are refused") {
  const std::vector<std::string> bad = {"",
                                        "/etc/passwd",
                                        "../a",
                                        "a/../b",
                                        "a//b",
                                        "a/",
                                        ".",
                                        "C:x",
                                        "a\\b",
                                        std::string("a\0b", 3),
                                        "\xff",
                                        "a\xc3",
                                        std::string(65'536, 'a')};
  for (const std::string& name : bad) {
    INFO(name);
    CHECK(ZipLayout::Make({{name, 1, 1, {}, ""}}).status().code() == Code::kInvalid);
  }
  CHECK(ZipLayout::Make({{std::string(65'535, 'a'), 1, 1, {}, ""}}).ok());
  const Status twice = ZipLayout::Make({{"a/b", 1, 1, {}, ""}, {"a/b", 2, 2, {}, ""}}).status();
  CHECK(twice.text() == "the entry \"a/b\" is there twice");
}

TEST_CASE("ZipLayout: contents that cannot be are refused") {
  CHECK_FALSE(ZipLayout::Make({{"a", 0, 1, {}, ""}}).ok());
  CHECK_FALSE(ZipLayout::Make({{"a", UINT64_MAX, 1, {}, ""}}).ok());
  const uint64_t half = uint64_t{1} << 61;
  CHECK(ZipLayout::Make({{"a", half, 1, {}, ""}, {"b", half, 1, {}, ""}}).ok());
  CHECK_FALSE(ZipLayout::Make({{"a", half, 1, {}, ""}, {"b", half + 1, 1, {}, ""}}).ok());
}

TEST_CASE("ZipLayout: the entity tag changes with every byte of the zip, and with nothing else") {
  const std::vector<ZipEntry> entries = {{"a/1", 5, 7, kModified, "\"e1\""},
                                         {"a/2", 6, 8, kModified, "\"e2\""}};
  const std::string tag = ZipLayout::Make(entries)->EntityTag();
  CHECK(tag.size() == 46);
  CHECK(tag.starts_with("\"zip-"));
  CHECK(ZipLayout::Make(entries)->EntityTag() == tag);
  const std::vector<std::pair<const char*, void (*)(ZipEntry&)>> changes = {
      {"name", [](ZipEntry& e) { e.name = "a/3"; }},
      {"size", [](ZipEntry& e) { ++e.size; }},
      {"crc", [](ZipEntry& e) { ++e.crc32; }},
      {"time", [](ZipEntry& e) { e.modified = kModified + 1; }},
      {"no time", [](ZipEntry& e) { e.modified.reset(); }},
      {"content", [](ZipEntry& e) { e.identity = "\"e3\""; }},
  };
  for (const auto& [what, change] : changes) {
    INFO(what);
    std::vector<ZipEntry> changed = entries;
    change(changed[1]);
    CHECK(ZipLayout::Make(changed)->EntityTag() != tag);
  }
  CHECK(ZipLayout::Make({entries[1], entries[0]})->EntityTag() != tag);
}

TEST_CASE("ZipLayout: times that DOS cannot say become the nearest that it can") {
  const struct {
    int64_t seconds;
    uint32_t date, clock;
  } cases[] = {
      {0, 0x0021, 0},               // 1980-01-01
      {-5'000'000'000, 0x0021, 0},  //
      {315'532'800, 0x0021, 0},     // 1980-01-01T00:00:00Z
      {315'532'803, 0x0021, 1},     // an odd second
      {kModified, 46 << 9 | 11 << 5 | 27, 3 << 11 | 2 << 5 | 0},
      {4'354'819'199, 0xff9f, 0xbf7d},   // 2107-12-31T23:59:59Z
      {99'999'999'999, 0xff9f, 0xbf7d},  //
  };
  for (const auto& [seconds, date, clock] : cases) {
    INFO(seconds);
    CHECK(DosTime(seconds) == (date << 16 | clock));
  }
}

TEST_CASE("ZipLayout: seconds beyond 32 bits stand in DOS's form alone") {
  const size_t with = ZipLocalHeader({"a", 1, 1, INT32_MAX, ""}).size();
  CHECK(ZipLocalHeader({"a", 1, 1, int64_t{INT32_MAX} + 1, ""}).size() == with - 9);
  CHECK(ZipLocalHeader({"a", 1, 1, -1, ""}).size() == with - 9);
  CHECK(ZipLocalHeader({"a", 1, 1, {}, ""}).size() == with - 9);
}

}  // namespace
}  // namespace audiodl
