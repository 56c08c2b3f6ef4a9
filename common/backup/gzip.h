// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// gzip (RFC 1952) piece by piece, by zlib. One thread at a time per object; too little memory is a
// std::bad_alloc.

#ifndef AUDIODL_COMMON_BACKUP_GZIP_H_
#define AUDIODL_COMMON_BACKUP_GZIP_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"

struct z_stream_s;

namespace audiodl {

class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();

  // Appends what has become ready to `out`.
  void Write(std::string_view data, std::string& out);
  // Once, at the end.
  void Finish(std::string& out);

 private:
  void Deflate(std::string_view data, int flush, std::string& out);

  std::unique_ptr<z_stream_s> stream_;
};

class GzipReader {
 public:
  using Sink = std::function<Status(std::string_view)>;

  explicit GzipReader(Sink sink);
  ~GzipReader();

  // Passes what `data` holds on to the sink, whose status ends it. kCorrupt: this is no gzip, or
  // its checksum does not agree. Several files one after the other are one.
  Status Write(std::string_view data);
  // kCorrupt: the end is missing.
  Status Finish() const;

 private:
  const Sink sink_;
  std::unique_ptr<z_stream_s> stream_;
  bool whole_ = false;  // a file has just ended
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BACKUP_GZIP_H_
