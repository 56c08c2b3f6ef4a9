// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_format.h"

#include <cstring>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/base/file_io.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr BootId kBoot = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

ObjectHeader FullHeader() {
  ObjectHeader header = SampleHeader(600000, "\"9bb58f26192e4ba00f01e2e7b136bbd8\"");
  header.created = 1700000001;
  header.digest_kind = DigestKind::kMd5;
  header.digest[0] = 0x9b;
  header.digest[31] = 0x7f;
  header.boot_id = kBoot;
  return header;
}

HeaderPage PageOf(const ObjectHeader& header, const MutableHeader& state = {}) {
  HeaderPage page;
  REQUIRE(EncodeHeader(header, state, page).ok());
  return page;
}

TEST_CASE("Layout: the worked example of the header") {
  constexpr Layout layout(600000);
  CHECK(layout.blocks == 3);
  CHECK(layout.table_offset == 602112);
  CHECK(layout.table_offset + layout.blocks * sizeof(BlockEntry) == 602136);
  CHECK(layout.header_offset == 606208);
  CHECK(layout.file_bytes == 610304);
  CHECK(600000 - 2 * kBlockBytes == 75712);
}

TEST_CASE("Layout: around the boundaries of pages, blocks and table pages") {
  struct Case {
    uint64_t size, blocks, table_offset, header_offset;
  };
  constexpr uint64_t kTableful = 512 * kBlockBytes;  // 512 entries of 8 bytes fill a page
  const Case cases[] = {
      {0, 0, 0, 0},
      {1, 1, 4096, 8192},
      {4095, 1, 4096, 8192},
      {4096, 1, 4096, 8192},
      {4097, 1, 8192, 12288},
      {kBlockBytes - 1, 1, kBlockBytes, kBlockBytes + 4096},
      {kBlockBytes, 1, kBlockBytes, kBlockBytes + 4096},
      {kBlockBytes + 1, 2, kBlockBytes + 4096, kBlockBytes + 8192},
      {kTableful, 512, kTableful, kTableful + 4096},
      {kTableful + 1, 513, kTableful + 4096, kTableful + 4096 + 8192},
      {kMaxObjectBytes, 262144, kMaxObjectBytes, kMaxObjectBytes + 262144 * 8},
  };
  for (const Case& c : cases) {
    INFO(c.size);
    const Layout layout(c.size);
    CHECK(layout.blocks == c.blocks);
    CHECK(layout.table_offset == c.table_offset);
    CHECK(layout.header_offset == c.header_offset);
    CHECK(layout.file_bytes == c.header_offset + 4096);
  }
}

TEST_CASE("EncodeHeader: what it writes, DecodeHeader reads") {
  const HeaderPage page = PageOf(FullHeader(), {FileState::kComplete, 0, 1700000002, -5});
  ObjectHeader read;
  REQUIRE(DecodeHeader(page, read).ok());
  CHECK(read.origin == kSampleOrigin);
  CHECK(read.key == kSampleKey);
  CHECK(read.etag == "\"9bb58f26192e4ba00f01e2e7b136bbd8\"");
  CHECK(read.content_type == "audio/mpeg");
  CHECK(read.size == 600000);
  CHECK(read.last_modified == 1700000000);
  CHECK(read.created == 1700000001);
  CHECK(read.digest_kind == DigestKind::kMd5);
  CHECK(read.digest == FullHeader().digest);
  CHECK(read.boot_id == kBoot);
  const MutableHeader state = DecodeMutable(page);
  CHECK(state.state == FileState::kComplete);
  CHECK(state.last_used == 1700000002);
  CHECK(state.marker == -5);
}

// Caches outlive upgrades: if this fails, kFormatVersion must go up.
TEST_CASE("EncodeHeader: format version 1 stays what it is, byte for byte") {
  const HeaderPage page = PageOf(FullHeader(), {FileState::kComplete, 0, 1700000002, -5});
  CHECK(std::string_view(page.data(), 8) == std::string_view("AUDIODL\0", 8));
  CHECK(page[8] == 1);
  CHECK(std::string_view(page.data() + 112, 10) == "s3://books");
  CHECK(std::string_view(page.data() + kMutableOffset, 4) == "PMOC");
  CHECK(HexEncode(Sha256Of({page.data(), page.size()})) ==
        "0a91c4967411727286a076a3215cfc17c5dc1c57a06dc0516d24fdd688fda9b7");
}

TEST_CASE("EncodeHeader: the longest texts fit, one byte more is refused") {
  struct Case {
    std::string_view ObjectHeader::*field;
    size_t longest;
  };
  const Case cases[] = {{&ObjectHeader::origin, 512},
                        {&ObjectHeader::key, 1024},
                        {&ObjectHeader::etag, 256},
                        {&ObjectHeader::content_type, 128}};
  ObjectHeader longest = FullHeader();
  const std::string text(2000, 'x');
  for (const Case& c : cases) longest.*c.field = std::string_view(text).substr(0, c.longest);
  longest.size = kMaxObjectBytes;
  ObjectHeader read;
  const HeaderPage page = PageOf(longest);
  REQUIRE(DecodeHeader(page, read).ok());
  for (const Case& c : cases) {
    CHECK(read.*c.field == longest.*c.field);
    ObjectHeader longer = longest;
    longer.*c.field = std::string_view(text).substr(0, c.longest + 1);
    HeaderPage unused;
    CHECK(EncodeHeader(longer, {}, unused).code() == Code::kInvalid);
  }
  longest.size = kMaxObjectBytes + 1;
  HeaderPage unused;
  CHECK(EncodeHeader(longest, {}, unused).code() == Code::kInvalid);
}

TEST_CASE("EncodeHeader: an empty object with empty texts") {
  ObjectHeader read;
  const HeaderPage page = PageOf(ObjectHeader{});
  REQUIRE(DecodeHeader(page, read).ok());
  CHECK(read.key.empty());
  CHECK(read.size == 0);
}

TEST_CASE("DecodeHeader: every damaged byte is refused, or lies in the words that change") {
  const HeaderPage whole = PageOf(FullHeader());
  int refused = 0, harmless = 0;
  for (size_t at = 0; at < kPageBytes; ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      HeaderPage page = whole;
      page[at] = static_cast<char>(page[at] ^ flip);
      ObjectHeader read;
      const Status status = DecodeHeader(page, read);
      if (at < kMutableOffset) {
        refused += status.code() == Code::kCorrupt ? 1 : 0;
      } else {
        harmless += status.ok() && read.key == kSampleKey && read.size == 600000 ? 1 : 0;
      }
    }
  }
  CHECK(refused == kMutableOffset * 3);
  CHECK(harmless == (kPageBytes - kMutableOffset) * 3);
}

TEST_CASE("DecodeHeader: a damaged state is never taken for a better one") {
  for (const FileState state : {FileState::kPartial, FileState::kAbandoned}) {
    const HeaderPage whole = PageOf(FullHeader(), {state, 0, 0, 0});
    for (size_t bit = 0; bit < 32; ++bit) {
      HeaderPage page = whole;
      page[kMutableOffset + bit / 8] =
          static_cast<char>(page[kMutableOffset + bit / 8] ^ (1 << bit % 8));
      CHECK_FALSE(IsBelievable(DecodeMutable(page).state, kBoot, kBoot));
    }
  }
}

TEST_CASE("DecodeHeader: pages that are none of ours") {
  ObjectHeader read;
  HeaderPage page;
  page.fill('\0');
  CHECK(DecodeHeader(page, read).code() == Code::kCorrupt);
  page.fill('\xff');
  CHECK(DecodeHeader(page, read).code() == Code::kCorrupt);
  for (size_t i = 0; i < page.size(); ++i) page[i] = static_cast<char>(Noise(i, 1));
  CHECK(DecodeHeader(page, read).code() == Code::kCorrupt);
}

TEST_CASE("IsPresent: what was marked is there, and only in its own place") {
  for (const uint32_t crc : {0u, 1u, 0x4b434c42u, 0xdeadbeefu, 0xffffffffu}) {
    for (const uint64_t block : {uint64_t{0}, uint64_t{1}, uint64_t{511}, uint64_t{262143}}) {
      const BlockEntry entry = PresentEntry(block, crc);
      INFO(block << " " << crc);
      CHECK(entry.mark != 0);
      CHECK(IsPresent(block, entry));
      CHECK_FALSE(IsPresent(block + 1, entry));
    }
  }
}

TEST_CASE("IsPresent: a hole is absent whatever its number") {
  bool any = false;
  for (uint64_t block = 0; block < 1 << 20; ++block) any = any || IsPresent(block, BlockEntry{});
  CHECK_FALSE(any);
}

TEST_CASE("IsPresent: torn entries, damaged ones and those of an older crc are absent") {
  int present = 0;
  for (uint64_t block = 0; block < 1000; ++block) {
    const BlockEntry old = PresentEntry(block, static_cast<uint32_t>(Noise(block, 1)) | 1);
    const BlockEntry now = PresentEntry(block, static_cast<uint32_t>(Noise(block, 2)) | 1);
    for (const BlockEntry torn : {BlockEntry{now.mark, 0}, BlockEntry{0, now.crc},
                                  BlockEntry{now.mark, old.crc}, BlockEntry{old.mark, now.crc}}) {
      present += IsPresent(block, torn) ? 1 : 0;
    }
    for (unsigned bit = 0; bit < 32; ++bit) {
      present += IsPresent(block, {now.mark ^ 1u << bit, now.crc}) ? 1 : 0;
      present += IsPresent(block, {now.mark, now.crc ^ 1u << bit}) ? 1 : 0;
    }
  }
  CHECK(present == 0);
}

TEST_CASE("IsBelievable: by state and boot") {
  const BootId other = {9};
  const BootId none = {};
  struct Case {
    FileState state;
    BootId made_in, now;
    bool expected;
  };
  const Case cases[] = {
      {FileState::kPartial, kBoot, kBoot, true},
      {FileState::kPartial, other, kBoot, false},
      {FileState::kPartial, none, kBoot, false},
      {FileState::kPartial, none, none, false},
      {FileState::kComplete, kBoot, kBoot, true},
      {FileState::kComplete, other, kBoot, false},
      {FileState::kComplete, none, none, false},
      {FileState::kDurable, kBoot, kBoot, true},
      {FileState::kDurable, other, kBoot, true},
      {FileState::kDurable, none, none, true},
      {FileState::kAbandoned, kBoot, kBoot, false},
      {FileState::kAbandoned, other, kBoot, false},
      {static_cast<FileState>(0), kBoot, kBoot, false},
      {static_cast<FileState>(0xffffffff), kBoot, kBoot, false},
  };
  for (const Case& c : cases) {
    INFO(static_cast<uint32_t>(c.state));
    CHECK(IsBelievable(c.state, c.made_in, c.now) == c.expected);
  }
}

TEST_CASE("CurrentBootId: is the kernel's") {
  const Result<std::string> text = ReadWholeFile("/proc/sys/kernel/random/boot_id", 100);
  REQUIRE(text.ok());
  std::string digits;
  for (const char c : *text) {
    if (c != '-' && c != '\n') digits.push_back(c);
  }
  CHECK(HexEncode(CurrentBootId()) == digits);
}

}  // namespace
}  // namespace audiodl
