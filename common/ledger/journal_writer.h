// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The writing side of one process's journal (journal_format.h). What Append() returned for survives
// the process, and with the next Sync() the machine.
//
//   JournalWriter writer({.directory = dir, .prefix = "0123456789abcdef"});
//   Status status = writer.Append(records);
//
// One thread at a time.

#ifndef AUDIODL_COMMON_LEDGER_JOURNAL_WRITER_H_
#define AUDIODL_COMMON_LEDGER_JOURNAL_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/ledger/journal_format.h"

namespace audiodl {

// One record as it stands in the file.
std::string EncodeRecord(RecordKind kind, uint64_t id, std::string_view entry);

class JournalWriter {
 public:
  struct Options {
    std::string directory;
    std::string prefix;                         // what the names of its files begin with
    uint64_t most_bytes = uint64_t{256} << 20;  // of all journals in the directory together
    uint64_t most_bytes_of_file = kMaxJournalBytes;
  };

  explicit JournalWriter(Options options) : options_(std::move(options)) {}
  // Says kEnd.
  ~JournalWriter() { Close(); }
  JournalWriter(JournalWriter&&) noexcept = default;
  JournalWriter& operator=(JournalWriter&&) = delete;

  // Appends records, as EncodeRecord() makes them, all or none. kNoSpace: the disk is full, or the
  // database has been away for so long that the journals have grown to most_bytes.
  Status Append(std::string_view records);
  Status Sync();

  // Whether the next Append() begins another file, in which what is running must be said again.
  bool BeginsFile() const { return !fd_.valid() || size_ >= options_.most_bytes_of_file; }

  void Close();

 private:
  Status Open();
  uint64_t BytesInDirectory() const;

  Options options_;
  UniqueFd fd_;
  uint64_t size_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_JOURNAL_WRITER_H_
