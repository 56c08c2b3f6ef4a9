// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/file_facts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/base/file_io.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

FileFacts::Kind KindOf(const HeaderPage& page, uint64_t file_bytes, FileFacts& facts) {
  using Kind = FileFacts::Kind;
  if (!HasMagic(page)) return Kind::kForeign;
  if (VersionOf(page) != kFormatVersion) return Kind::kOtherFormat;
  ObjectHeader header;
  if (!DecodeHeader(page, header).ok()) return Kind::kDamaged;
  if (Layout(header.size).file_bytes != file_bytes) return Kind::kDamaged;
  const MutableHeader words = DecodeMutable(page);
  facts.object.id = ObjectId::Of(header.origin, header.key);
  facts.object.origin = header.origin;
  facts.object.key = header.key;
  facts.object.last_used = words.last_used;
  facts.object.durable = words.state == FileState::kDurable;
  facts.size = header.size;
  facts.state = words.state;
  const bool good = IsBelievable(words.state, header.boot_id, CurrentBootId());
  return good ? Kind::kGood : Kind::kStale;
}

}  // namespace

const char* Describe(FileFacts::Kind kind) {
  switch (kind) {
    case FileFacts::Kind::kGood:
      return "good";
    case FileFacts::Kind::kStale:
      return "abandoned, or from before a restart of the machine";
    case FileFacts::Kind::kDamaged:
      return "damaged";
    case FileFacts::Kind::kOtherFormat:
      return "of another format version";
    case FileFacts::Kind::kForeign:
      return "not made by audiodl";
  }
  return "unknown";
}

Result<FileFacts> FindFacts(const std::string& path) {
  // Not blocking: a foreign thing may be a pipe.
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid() && errno == ELOOP) return FileFacts{};
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path);
  FileFacts facts;
  facts.object.bytes = static_cast<uint64_t>(info.st_size);
  facts.allocated = static_cast<uint64_t>(info.st_blocks) * 512;
  if (!S_ISREG(info.st_mode) || facts.object.bytes < kPageBytes) return facts;
  HeaderPage page;
  if (Status s = ReadAt(fd.get(), facts.object.bytes - kPageBytes, page); !s.ok()) return s;
  facts.kind = KindOf(page, facts.object.bytes, facts);
  return facts;
}

}  // namespace audiodl
