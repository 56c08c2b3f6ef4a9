// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_format.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/base/crc32c.h"

namespace audiodl {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian");

constexpr std::array<char, 8> kMagic = {'A', 'U', 'D', 'I', 'O', 'D', 'L', '\0'};

// The head of the header page, as it lies on the disk; the texts follow it.
struct FixedHeader {
  std::array<char, 8> magic;
  uint32_t version;
  uint32_t crc;  // of bytes 0..kMutableOffset with this word zero
  uint64_t size;
  uint64_t block_bytes;
  int64_t last_modified;
  int64_t created;
  uint32_t digest_kind;
  std::array<uint8_t, 32> digest;
  BootId boot_id;
  uint16_t origin_length;
  uint16_t key_length;
  uint16_t etag_length;
  uint16_t content_type_length;
  uint32_t reserved;
};
static_assert(sizeof(FixedHeader) == 112);

constexpr size_t kTextOffset = sizeof(FixedHeader);
constexpr size_t kMaxOrigin = 512, kMaxKey = 1024, kMaxEtag = 256;
static_assert(kTextOffset + kMaxOrigin + kMaxKey + kMaxEtag + kMaxContentTypeBytes <=
              kMutableOffset);

uint32_t HeaderCrc(const HeaderPage& page) {
  constexpr size_t kCrcOffset = offsetof(FixedHeader, crc);
  const std::string_view bytes(page.data(), kMutableOffset);
  uint32_t crc = Crc32c(bytes.substr(0, kCrcOffset));
  crc = Crc32cExtend(crc, std::string_view("\0\0\0\0", 4));
  return Crc32cExtend(crc, bytes.substr(kCrcOffset + 4));
}

BootId ReadBootId() {
  BootId id{};
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen("/proc/sys/kernel/random/boot_id", "re"), &std::fclose);
  if (!file) return id;
  for (uint8_t& byte : id) {
    unsigned value = 0;
    // Two digits cannot overflow. NOLINTBEGIN(cert-err34-c)
    if (std::fscanf(file.get(), "-%2x", &value) != 1 &&
        std::fscanf(file.get(), "%2x", &value) != 1) {
      return BootId{};
    }
    // NOLINTEND(cert-err34-c)
    byte = static_cast<uint8_t>(value);
  }
  return id;
}

Status CheckLengths(const ObjectHeader& header) {
  if (header.size > kMaxObjectBytes) {
    return Status::Invalid("the object has " + std::to_string(header.size) +
                           " bytes, more than the cache's limit of 64 GiB");
  }
  if (header.origin.size() > kMaxOrigin) return Status::Invalid("the origin's name is too long");
  if (header.key.size() > kMaxKey) return Status::Invalid("the key is longer than 1024 bytes");
  if (header.etag.size() > kMaxEtag) return Status::Invalid("the entity tag is too long");
  if (header.content_type.size() > kMaxContentTypeBytes) {
    return Status::Invalid("the content type is too long");
  }
  return Status::Ok();
}

}  // namespace

const BootId& CurrentBootId() {
  static const BootId id = ReadBootId();
  return id;
}

Status EncodeHeader(const ObjectHeader& header, const MutableHeader& state, HeaderPage& page) {
  if (Status status = CheckLengths(header); !status.ok()) return status;
  page.fill('\0');
  FixedHeader fixed{};
  fixed.magic = kMagic;
  fixed.version = kFormatVersion;
  fixed.size = header.size;
  fixed.block_bytes = kBlockBytes;
  fixed.last_modified = header.last_modified;
  fixed.created = header.created;
  fixed.digest_kind = static_cast<uint32_t>(header.digest_kind);
  fixed.digest = header.digest;
  fixed.boot_id = header.boot_id;
  fixed.origin_length = static_cast<uint16_t>(header.origin.size());
  fixed.key_length = static_cast<uint16_t>(header.key.size());
  fixed.etag_length = static_cast<uint16_t>(header.etag.size());
  fixed.content_type_length = static_cast<uint16_t>(header.content_type.size());
  std::memcpy(page.data(), &fixed, sizeof fixed);
  char* text = page.data() + kTextOffset;
  for (std::string_view part : {header.origin, header.key, header.etag, header.content_type}) {
    text = std::copy(part.begin(), part.end(), text);
  }
  fixed.crc = HeaderCrc(page);
  std::memcpy(page.data(), &fixed, sizeof fixed);
  std::memcpy(page.data() + kMutableOffset, &state, sizeof state);
  return Status::Ok();
}

Status DecodeHeader(const HeaderPage& page, ObjectHeader& header) {
  FixedHeader fixed;
  std::memcpy(&fixed, page.data(), sizeof fixed);
  if (fixed.magic != kMagic) return Status(Code::kCorrupt, "no cache file: the magic is missing");
  if (fixed.version != kFormatVersion || fixed.block_bytes != kBlockBytes) {
    return Status(Code::kCorrupt, "a cache file of another format version");
  }
  if (fixed.crc != HeaderCrc(page)) return Status(Code::kCorrupt, "the header page is damaged");
  const size_t text_bytes = size_t{fixed.origin_length} + fixed.key_length + fixed.etag_length +
                            fixed.content_type_length;
  if (kTextOffset + text_bytes > kMutableOffset || fixed.size > kMaxObjectBytes) {
    return Status(Code::kCorrupt, "the header page's lengths are impossible");
  }
  const char* text = page.data() + kTextOffset;
  const auto take = [&text](size_t length) {
    const std::string_view part(text, length);
    text += length;
    return part;
  };
  header.origin = take(fixed.origin_length);
  header.key = take(fixed.key_length);
  header.etag = take(fixed.etag_length);
  header.content_type = take(fixed.content_type_length);
  header.size = fixed.size;
  header.last_modified = fixed.last_modified;
  header.created = fixed.created;
  header.digest_kind = static_cast<DigestKind>(fixed.digest_kind);
  header.digest = fixed.digest;
  header.boot_id = fixed.boot_id;
  return Status::Ok();
}

bool HasMagic(const HeaderPage& page) {
  return std::equal(kMagic.begin(), kMagic.end(), page.begin());
}

uint32_t VersionOf(const HeaderPage& page) {
  uint32_t version;
  std::memcpy(&version, page.data() + offsetof(FixedHeader, version), sizeof version);
  return version;
}

MutableHeader DecodeMutable(const HeaderPage& page) {
  MutableHeader state;
  std::memcpy(&state, page.data() + kMutableOffset, sizeof state);
  return state;
}

bool IsBelievable(FileState state, const BootId& made_in, const BootId& now) {
  switch (state) {
    case FileState::kDurable:
      return true;
    case FileState::kPartial:
    case FileState::kComplete:
      return made_in == now && now != BootId{};
    case FileState::kAbandoned:
      return false;
  }
  return false;  // a word that is none of ours
}

}  // namespace audiodl
