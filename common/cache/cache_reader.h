// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A worker's view of one cache file: read-only, complete or being filled by the fetcher meanwhile.
//
//   CacheReader reader;
//   Status status = reader.Open(path, origin, key);      // open, fstat, pread: all that a hit
//   costs if (reader.complete()) Send(reader.fd(), 0, reader.header().size); else
//   reader.FilledFrom(offset);                      // how far the bytes are there
//
// The header's texts point into the object itself, so it is neither copied nor moved. Opening
// allocates nothing. One thread at a time. The descriptor stays valid after the file was evicted or
// replaced.

#ifndef AUDIODL_COMMON_CACHE_CACHE_READER_H_
#define AUDIODL_COMMON_CACHE_CACHE_READER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/cache/cache_format.h"

namespace audiodl {

class CacheReader {
 public:
  CacheReader() = default;
  CacheReader(const CacheReader&) = delete;
  CacheReader& operator=(const CacheReader&) = delete;

  // kNotFound: no such file, or one that may not be believed (abandoned; another boot and not
  // durable). kCorrupt: a file that is none of ours, damaged, or another object's. Both mean a
  // miss; the second is worth a log line. `path` must be NUL-terminated. An object may be opened
  // again, on success or not the earlier file is let go.
  Status Open(const char* path, std::string_view origin, std::string_view key);

  bool is_open() const { return fd_.valid(); }
  const ObjectHeader& header() const { return header_; }
  int64_t marker() const { return state_.marker; }
  int64_t last_used() const { return state_.last_used; }  // Unix seconds
  bool complete() const {
    return state_.state == FileState::kComplete || state_.state == FileState::kDurable;
  }
  // REQUIRES: Open() was ok. Stays ours.
  int fd() const { return fd_.get(); }
  // Gives the descriptor away (to a pool that will close it); the header stays readable.
  int ReleaseFd() { return fd_.Release(); }
  // Where the descriptor went after ReleaseFd(): it is read from, never closed.
  void BorrowFd(int fd) { borrowed_fd_ = fd; }

  // The file has no name any more: it was evicted, purged or replaced.
  bool IsNameless() const;
  // Means `other`'s file from now on, by the same descriptor number. REQUIRES: both are open.
  Status GoOnIn(const CacheReader& other);

  // Looks at the disk again. kChanged: the generation was abandoned, its missing blocks never come.
  Status Refresh();

  // How many bytes from `offset` on are in the file without a gap, 0 if its block is not there, as
  // of now: reads the block table on from there. REQUIRES: offset < size, or offset == size == 0.
  Result<uint64_t> FilledFrom(uint64_t offset) const;

  // The bytes that are there, counted from the marks. For reports.
  Result<uint64_t> FilledBytes() const;

  // Block entries [first, first + count) as they stand in the file.
  Result<std::vector<BlockEntry>> ReadEntries(uint64_t first, uint64_t count) const;

 private:
  int ReadFd() const { return fd_.valid() ? fd_.get() : borrowed_fd_; }

  UniqueFd fd_;
  int borrowed_fd_ = -1;
  HeaderPage page_;
  ObjectHeader header_;
  MutableHeader state_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_READER_H_
