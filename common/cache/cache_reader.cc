// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/base/file_io.h"

namespace audiodl {
namespace {

// How many entries one pread() takes: 64 blocks are 16 MiB of payload.
constexpr uint64_t kEntriesPerRead = 64;

}  // namespace

Status CacheReader::Open(const char* path, std::string_view origin, std::string_view key) {
  fd_.Reset();
  // Nonblocking, because the open of a FIFO would wait for a writer that never comes.
  UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return Status::FromErrno(errno, "open");
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "fstat");
  if (!S_ISREG(info.st_mode) || info.st_size < static_cast<off_t>(kPageBytes)) {
    return Status(Code::kCorrupt, "no cache file: too short");
  }
  const uint64_t file_bytes = static_cast<uint64_t>(info.st_size);
  if (Status status = ReadAt(fd.get(), file_bytes - kPageBytes, page_); !status.ok()) return status;
  if (Status status = DecodeHeader(page_, header_); !status.ok()) return status;
  if (Layout(header_.size).file_bytes != file_bytes) {
    return Status(Code::kCorrupt, "the file's length does not fit its header");
  }
  if (header_.origin != origin || header_.key != key) {
    return Status(Code::kCorrupt, "the file belongs to another object");
  }
  state_ = DecodeMutable(page_);
  if (!IsBelievable(state_.state, header_.boot_id, CurrentBootId())) {
    return Status(Code::kNotFound, "the file is abandoned or from before a restart of the machine");
  }
  fd_ = std::move(fd);
  return Status::Ok();
}

bool CacheReader::IsNameless() const {
  struct stat info;
  return fstat(ReadFd(), &info) == 0 && info.st_nlink == 0;
}

Status CacheReader::GoOnIn(const CacheReader& other) {
  if (dup3(other.ReadFd(), ReadFd(), O_CLOEXEC) < 0) return Status::FromErrno(errno, "dup3");
  page_ = other.page_;
  state_ = other.state_;
  return DecodeHeader(page_, header_);
}

Status CacheReader::Refresh() {
  char words[sizeof(MutableHeader)];
  const uint64_t offset = Layout(header_.size).header_offset + kMutableOffset;
  if (Status status = ReadAt(ReadFd(), offset, words); !status.ok()) return status;
  std::copy(words, words + sizeof words, page_.data() + kMutableOffset);
  state_ = DecodeMutable(page_);
  if (!IsBelievable(state_.state, header_.boot_id, CurrentBootId())) {
    return Status(Code::kChanged, "the object was replaced while it was being fetched");
  }
  return Status::Ok();
}

Result<std::vector<BlockEntry>> CacheReader::ReadEntries(uint64_t first, uint64_t count) const {
  std::vector<BlockEntry> entries(count);
  const std::span<char> bytes(reinterpret_cast<char*>(entries.data()), count * sizeof(BlockEntry));
  const uint64_t offset = Layout(header_.size).table_offset + first * sizeof(BlockEntry);
  if (Status status = ReadAt(ReadFd(), offset, bytes); !status.ok()) return status;
  return entries;
}

Result<uint64_t> CacheReader::FilledFrom(uint64_t offset) const {
  const uint64_t size = header_.size;
  if (complete()) return size - offset;
  const uint64_t blocks = BlockCount(size);
  uint64_t block = offset / kBlockBytes;
  while (block < blocks) {
    const uint64_t count = std::min(kEntriesPerRead, blocks - block);
    const Result<std::vector<BlockEntry>> entries = ReadEntries(block, count);
    if (!entries.ok()) return entries.status();
    for (const BlockEntry entry : entries.value()) {
      if (IsPresent(block, entry)) {
        ++block;
        continue;
      }
      const uint64_t end = block * kBlockBytes;
      return end > offset ? end - offset : 0;
    }
  }
  return size - offset;
}

Result<uint64_t> CacheReader::FilledBytes() const {
  const uint64_t blocks = BlockCount(header_.size);
  const Result<std::vector<BlockEntry>> entries = ReadEntries(0, blocks);
  if (!entries.ok()) return entries.status();
  uint64_t bytes = 0;
  for (uint64_t block = 0; block < blocks; ++block) {
    if (!IsPresent(block, entries.value()[block])) continue;
    bytes += std::min(kBlockBytes, header_.size - block * kBlockBytes);
  }
  return bytes;
}

}  // namespace audiodl
