// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Whether two dumps of a database hold the same: line by line, but for what a dump tells of itself.
// Comments ("-- Dump completed on …", "-- Host: …"), empty lines and the random words between which
// pg_dump keeps psql in order (\restrict) are passed over.
//
//   DumpLines original;      original.Write(bytes) …; original.Finish();
//   DumpLines again(&original);  again.Write(bytes) …; again.Finish();
//   again.difference()       // empty: they agree
//
// Of each line its hash is kept. One thread at a time per object.

#ifndef AUDIODL_COMMON_BACKUP_DUMP_LINES_H_
#define AUDIODL_COMMON_BACKUP_DUMP_LINES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"

namespace audiodl {

class DumpLines {
 public:
  DumpLines() = default;
  // Compares with what that one has read: borrowed, and finished.
  explicit DumpLines(const DumpLines* original) : original_(original) {}

  void Write(std::string_view data);
  // Once, at the end.
  void Finish();

  // Lines that count.
  size_t count() const { return hashes_.size(); }
  uint64_t bytes() const { return bytes_; }  // of all lines
  // For people: which line differs first, and how it begins. Empty: both are the same.
  const std::string& difference() const { return difference_; }

 private:
  void Add(std::string_view piece);
  void EndLine();

  const DumpLines* original_ = nullptr;
  uint64_t bytes_ = 0;
  std::string head_;  // how the line that is being read begins
  Sha256 line_;
  std::vector<uint64_t> hashes_;
  std::string difference_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BACKUP_DUMP_LINES_H_
