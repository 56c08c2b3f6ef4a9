// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A file that is to become a chunk: read once from end to end, it is known to be whole, and by its
// digests. Any thread.

#ifndef AUDIODL_COMMON_PUBLISH_SOURCE_FILE_H_
#define AUDIODL_COMMON_PUBLISH_SOURCE_FILE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/audio/audio_file.h"
#include "common/base/status.h"

namespace audiodl {

struct SourceFile {
  std::string path;  // on this machine
  std::string name;  // its last segment: the chunk's name
  uint64_t size = 0;
  std::string sha256;  // hex
  uint32_t crc32 = 0;
  std::string s3_etag;  // what S3 makes of it where its entity tags are MD5s, with its quotes
  AudioFacts facts;
};

// How far a file has been inspected: bytes, of its size, although it is read twice.
using InspectProgress = std::function<void(const SourceFile& source, uint64_t bytes)>;

// kCorrupt: it is not whole, or is no audio; the text begins with the path. Others as
// Status::FromErrno.
Result<SourceFile> InspectSource(const std::string& path, const InspectProgress& progress = {});

// The files that are meant: each path as it is, each folder as the files directly in it, without
// those whose names begin with a dot; in natural order of their names, or as given. kInvalid: a
// folder within a folder, no file at all, a name that no chunk may have, or two of one name.
Result<std::vector<std::string>> FindSources(const std::vector<std::string>& paths,
                                             const std::string& book);

// A path's last segment.
std::string NameOf(const std::string& path);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_SOURCE_FILE_H_
