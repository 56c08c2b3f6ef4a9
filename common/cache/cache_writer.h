// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The fetcher's view of one cache file: it alone creates, fills and retires them. Every step leaves
// a file that a reader may look at, whatever comes next, even SIGKILL.
//
//   CacheWriter::Create(dir, id, header, marker)   a temporary file with room reserved and its
//   header
//                                                  whole, renamed into place: what can be seen is
//                                                  well-formed
//   writer.Write(offset, bytes); writer.MarkBlock(block, crc);   bytes first, then the mark
//   writer.SetState(FileState::kComplete); writer.Sync();        Sync ends in kDurable
//
// One thread at a time, except Sync(), which touches nothing but the descriptor.

#ifndef AUDIODL_COMMON_CACHE_CACHE_WRITER_H_
#define AUDIODL_COMMON_CACHE_CACHE_WRITER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/cache/cache_format.h"
#include "common/cache/object_id.h"

namespace audiodl {

class CacheWriter {
 public:
  // Makes an empty file for a generation and puts it in place of any older one, which is marked
  // abandoned first so that its readers stop. header.boot_id and header.created are filled in here.
  // kNoSpace: there is no room for the whole object; nothing was made, the older file is untouched.
  static Result<std::unique_ptr<CacheWriter>> Create(const std::string& dir, const ObjectId& id,
                                                     const ObjectHeader& header, int64_t marker);

  // Opens a file that an earlier fetcher left, to go on at its good blocks. kNotFound: there is
  // none, or it may not be believed. kCorrupt: none of ours (left alone), or damaged.
  static Result<std::unique_ptr<CacheWriter>> Adopt(const std::string& dir, const ObjectId& id,
                                                    std::string_view origin, std::string_view key);

  const ObjectHeader& header() const { return header_; }
  FileState state() const { return state_.state; }
  int64_t marker() const { return state_.marker; }
  uint64_t blocks() const { return entries_.size(); }
  uint64_t missing() const { return missing_; }
  bool Has(uint64_t block) const { return IsPresent(block, entries_[block]); }
  uint64_t BlockBytes(uint64_t block) const;

  // Makes sure that the whole file has its disk space. kNoSpace where it has not. Idempotent.
  Status Reserve();

  // Object bytes; no mark is set. REQUIRES: offset + data.size() <= header().size.
  Status Write(uint64_t offset, std::string_view data);
  // For whoever reads object bytes back, and may go on when the writer is let go.
  std::shared_ptr<const UniqueFd> descriptor() const { return fd_; }

  // The block's bytes are all written, and this is their CRC-32C.
  Status MarkBlock(uint64_t block, uint32_t crc);
  Status SetState(FileState state);
  Status SetMarker(int64_t marker);
  Status SetLastUsed(int64_t unix_seconds);

  // fdatasync(), then state durable. REQUIRES: state complete. May run on another thread than the
  // rest.
  Status Sync();

  // Whether the file was unlinked or replaced since it was opened: what is written can be seen only
  // by those who had it open before.
  bool Nameless() const;

  // Abandons this generation: its readers get a clean break, the name is free again.
  // Unlinks only while the name still means this very file.
  Status Retire();

 private:
  CacheWriter(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::make_shared<const UniqueFd>(std::move(fd))) {}

  Status Load(std::string_view origin, std::string_view key);
  Status WriteWord(size_t offset_in_words, std::string_view word);
  uint64_t EntryOffset(uint64_t block) const;

  std::string path_;
  std::shared_ptr<const UniqueFd> fd_;
  HeaderPage page_;
  ObjectHeader header_;
  MutableHeader state_;
  std::vector<BlockEntry> entries_;
  uint64_t missing_ = 0;
};

// Notes in a file's header when it was last used. kNotFound: there is none. kCorrupt: none of ours.
Status TouchCacheFile(const std::string& path, int64_t unix_seconds);

// Makes the cache directory's own folders and removes temporary files whose maker is gone.
Status PrepareCacheDir(const std::string& dir);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_WRITER_H_
