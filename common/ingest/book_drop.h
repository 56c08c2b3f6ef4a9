// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book's folder in the drop: whether its upload is complete, and how it is taken out of the
// uploaders' reach. Complete it is
//
//   with a file SHA256SUMS   when all that it names is there and right;
//   with a file .done or done   at once: the uploader says so, and what is cut then is a failure;
//   without either           when nothing changed for a while, nobody has it open for writing, and
//                            every audio file is whole. A cut one is waited for.
//
// One thread.

#ifndef AUDIODL_COMMON_INGEST_BOOK_DROP_H_
#define AUDIODL_COMMON_INGEST_BOOK_DROP_H_

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ingest/broken_memo.h"
#include "common/ingest/drop_file.h"
#include "common/ingest/ingest_context.h"

namespace audiodl {

struct DropVerdict {
  enum class What : unsigned char {
    kNothing,  // no file is there
    kWaiting,
    kReady,
    kBroken,  // waiting would be of no use
  };
  What what = What::kNothing;
  std::string why;
};

// The files directly in a book's folder.
struct BookDrop {
  std::string folder;
  std::vector<DropFile> files;  // to be published
  bool is_done = false;         // .done or done
  bool has_sums = false;        // SHA256SUMS
  // Names of what is not: the control files, what is unfinished, and what desktops leave behind.
  std::vector<std::string> others;
  std::string unfinished;  // a name that its client will change; empty: none
  int64_t changed = 0;     // the latest change of any, Unix nanoseconds

  // kNotFound: there is no such folder.
  static Result<BookDrop> Look(const std::string& folder, const IngestContext& context);

  // Reads the files where it must. kIo: one cannot be read.
  Result<DropVerdict> Judge(const IngestContext& context, BrokenMemo& memo) const;

 private:
  Result<DropVerdict> JudgeSums(const IngestContext& context, BrokenMemo& memo) const;
  Result<DropVerdict> JudgeAudio(const IngestContext& context, BrokenMemo& memo) const;
  // Waiting, or broken where that has taken too long.
  DropVerdict Wait(const IngestContext& context, std::string why) const;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_BOOK_DROP_H_
