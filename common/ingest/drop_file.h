// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A file that somebody uploads: whether it is all there yet. Any thread.

#ifndef AUDIODL_COMMON_INGEST_DROP_FILE_H_
#define AUDIODL_COMMON_INGEST_DROP_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// What tells one state of a file from another. The change time is the kernel's, which no client can
// set, as it can the modification time.
struct DropFile {
  std::string path;
  std::string name;  // its last segment
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t changed = 0;  // Unix nanoseconds

  bool SameState(const DropFile& other) const {
    return inode == other.inode && size == other.size && changed == other.changed;
  }
};

// kNotFound: it is gone. kInvalid: a link, a folder, or another thing that no upload makes.
Result<DropFile> LookAtFile(const std::string& path);

// Whether a process has it open for writing: an upload that goes on, however slowly. False also
// where the kernel will not tell: another's file without CAP_LEASE, a network file system.
bool IsOpenForWriting(const std::string& path);

// Names that clients give to what they have not finished, to be renamed at the end: hidden ones,
// and those that end in .part, .filepart, .partial, .tmp, .temp, .crdownload or .uploading.
bool IsUnfinishedName(std::string_view name);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_DROP_FILE_H_
