// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/scrubber.h"

#include <fcntl.h>

#include <algorithm>
#include <span>
#include <thread>

#include "common/base/crc32c.h"
#include "common/base/digest.h"
#include "common/base/file_io.h"

namespace audiodl {
namespace {

// The digest that a header promises, fed block by block.
class WholeDigest {
 public:
  explicit WholeDigest(const ObjectHeader& header) : header_(header) {}

  void Update(std::string_view bytes) {
    if (header_.digest_kind == DigestKind::kSha256) sha256_.Update(bytes);
    if (header_.digest_kind == DigestKind::kMd5) md5_.Update(bytes);
  }
  bool Agrees() {
    switch (header_.digest_kind) {
      case DigestKind::kSha256:
        return sha256_.Final() == header_.digest;
      case DigestKind::kMd5: {
        const Md5Bytes md5 = md5_.Final();
        return std::equal(md5.begin(), md5.end(), header_.digest.begin());
      }
      case DigestKind::kNone:
        break;
    }
    return true;
  }

 private:
  const ObjectHeader& header_;
  Sha256 sha256_;
  Md5 md5_;
};

}  // namespace

Status Scrubber::Check(const std::string& path, const CachedObject& object) {
  CacheReader reader;
  if (Status s = reader.Open(path.c_str(), object.origin, object.key); !s.ok()) return s;
  // Else the copy in memory would be checked, not the disk's.
  (void)posix_fadvise(reader.fd(), 0, 0, POSIX_FADV_DONTNEED);
  const uint64_t blocks = BlockCount(reader.header().size);
  const bool complete = reader.complete();
  const Result<std::vector<BlockEntry>> entries = reader.ReadEntries(0, blocks);
  if (!entries.ok()) return entries.status();
  WholeDigest digest(reader.header());
  for (uint64_t block = 0; block < blocks; ++block) {
    const BlockEntry entry = entries.value()[block];
    if (!complete && !IsPresent(block, entry)) continue;
    if (Status s = CheckBlock(reader, block, entry); !s.ok()) return s;
    if (complete) digest.Update({buffer_.data(), buffer_.size()});
    Pace();
  }
  if (!complete || digest.Agrees()) return Status::Ok();
  return Status(Code::kCorrupt, "digest differs");
}

Status Scrubber::CheckBlock(const CacheReader& reader, uint64_t block, BlockEntry entry) {
  const std::string name = "block " + std::to_string(block);
  if (!IsPresent(block, entry)) return Status(Code::kCorrupt, name + " not marked");
  const uint64_t offset = block * kBlockBytes;
  buffer_.resize(std::min(kBlockBytes, reader.header().size - offset));
  if (Status s = ReadAt(reader.fd(), offset, buffer_); !s.ok()) return s;
  ++blocks_;
  bytes_ += buffer_.size();
  if (Crc32c({buffer_.data(), buffer_.size()}) == entry.crc) return Status::Ok();
  return Status(Code::kCorrupt, name + " damaged");
}

void Scrubber::Pace() {
  if (rate_ == 0) return;
  const std::chrono::duration<double> due(static_cast<double>(bytes_) / static_cast<double>(rate_));
  std::this_thread::sleep_until(
      began_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
}

}  // namespace audiodl
