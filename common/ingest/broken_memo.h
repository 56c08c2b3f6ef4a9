// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which files were read and found incomplete, so that they are not read again every minute while
// nobody goes on with them. A file in the drop folder's own folder; losing it costs a reading. One
// thread.

#ifndef AUDIODL_COMMON_INGEST_BROKEN_MEMO_H_
#define AUDIODL_COMMON_INGEST_BROKEN_MEMO_H_

#include <map>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/ingest/drop_file.h"

namespace audiodl {

class BrokenMemo {
 public:
  // Starts empty where the file cannot be read.
  explicit BrokenMemo(std::string path);

  // Why a file in that state was found incomplete; none where it was not.
  std::optional<std::string> Find(const DropFile& file);
  void Note(const DropFile& file, const std::string& why);
  // Writes what was found or noted since the beginning, if it is not what was read.
  Status Save() const;

 private:
  const std::string path_;
  std::map<std::string, std::string> read_;
  std::map<std::string, std::string> used_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_BROKEN_MEMO_H_
