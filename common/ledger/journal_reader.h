// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The reading side of a journal (journal_format.h): what one file holds that is not in the database
// yet. One thread at a time; the writer may write meanwhile.

#ifndef AUDIODL_COMMON_LEDGER_JOURNAL_READER_H_
#define AUDIODL_COMMON_LEDGER_JOURNAL_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/ledger/ledger_entry.h"

namespace audiodl {

class JournalReader {
 public:
  // kBusy is not among the errors: a file that is still written is read as far as it is written.
  // kInvalid: it is no journal.
  static Result<JournalReader> Open(const std::string& path);

  // Whether nobody writes it any more.
  bool is_finished() const { return finished_; }

  // What has been delivered since it was last shipped. Of a file that is finished that includes
  // what is known of the requests that its process was killed with.
  Result<std::vector<LedgerEntry>> ReadNew();
  // Whether ReadNew() met bytes that are no records: a torn end, once the file is finished.
  bool is_torn() const { return torn_; }

  // All that ReadNew() returned is in the database: a file that is finished is removed, another
  // notes how far it has been read.
  Status Shipped();

 private:
  JournalReader(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  UniqueFd fd_;
  bool finished_ = false;
  bool torn_ = false;
  uint64_t shipped_ = 0;
  uint64_t read_to_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_JOURNAL_READER_H_
