// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Objects for tests: bytes of which no two places are alike, and what is known about them.

#ifndef AUDIODL_TESTS_UNIT_CACHE_SAMPLE_OBJECT_H_
#define AUDIODL_TESTS_UNIT_CACHE_SAMPLE_OBJECT_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "common/base/crc32c.h"
#include "common/base/digest.h"
#include "common/base/file_io.h"
#include "common/cache/cache_writer.h"

namespace audiodl {

// Eight bytes of noise, different for every place and generation (the mixing step of splitmix64).
constexpr uint64_t Noise(uint64_t place, uint64_t generation) {
  uint64_t z = (generation << 40) + place + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

inline std::string SampleBytes(uint64_t size, uint64_t generation = 1) {
  std::string bytes(size, '\0');
  for (uint64_t at = 0; at < size; at += 8) {
    const uint64_t noise = Noise(at, generation);
    std::memcpy(bytes.data() + at, &noise, std::min<uint64_t>(8, size - at));
  }
  return bytes;
}

// The entity tag S3 gives an object that was uploaded in one piece.
inline std::string Md5Tag(std::string_view bytes) {
  Md5 md5;
  md5.Update(bytes);
  return "\"" + HexEncode(md5.Final()) + "\"";
}

inline constexpr std::string_view kSampleOrigin = "s3://books";
inline constexpr std::string_view kSampleKey = "prod/dune/01.mp3";

inline ObjectId SampleId() { return ObjectId::Of(kSampleOrigin, kSampleKey); }

// Views its arguments.
inline ObjectHeader SampleHeader(uint64_t size, std::string_view etag = "\"tag\"") {
  ObjectHeader header;
  header.origin = kSampleOrigin;
  header.key = kSampleKey;
  header.etag = etag;
  header.content_type = "audio/mpeg";
  header.size = size;
  header.last_modified = 1700000000;
  return header;
}

inline std::string_view BlockOf(std::string_view object, uint64_t block) {
  return object.substr(block * kBlockBytes, kBlockBytes);
}

inline Status PutBlock(CacheWriter& writer, std::string_view object, uint64_t block) {
  const std::string_view bytes = BlockOf(object, block);
  if (Status s = writer.Write(block * kBlockBytes, bytes); !s.ok()) return s;
  return writer.MarkBlock(block, Crc32c(bytes));
}

// Every block, and the state complete.
inline Status PutAll(CacheWriter& writer, std::string_view object) {
  for (uint64_t block = 0; block < writer.blocks(); ++block) {
    if (Status s = PutBlock(writer, object, block); !s.ok()) return s;
  }
  return writer.SetState(FileState::kComplete);
}

inline std::string ReadBytes(int fd, uint64_t offset, uint64_t length) {
  std::string bytes(length, '\0');
  const Status status = ReadAt(fd, offset, bytes);
  return status.ok() ? bytes : status.text();
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_CACHE_SAMPLE_OBJECT_H_
