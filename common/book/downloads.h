// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a customer has got of a book's chunks so far, by the ledger or by the shop's own record. A
// value; any thread.

#ifndef AUDIODL_COMMON_BOOK_DOWNLOADS_H_
#define AUDIODL_COMMON_BOOK_DOWNLOADS_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/book/book_view.h"

namespace audiodl {

struct Download {
  std::string generation;    // the object's entity tag; empty: not recorded, so whatever is there
  int64_t completed_at = 0;  // seconds since 1970; 0: not completed
  uint64_t size = 0;         // where it is not: of how many bytes
  uint64_t delivered = 0;    // how many are delivered
};

class Downloads {
 public:
  void Add(const std::string& chunk, const Download& download) {
    of_chunk_[chunk].push_back(download);
  }

  // Writes the state of each part into the book. What was downloaded of the object that is there
  // counts for more than of one before it.
  void Mark(BookView& book) const;

 private:
  std::unordered_map<std::string, std::vector<Download>> of_chunk_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_DOWNLOADS_H_
