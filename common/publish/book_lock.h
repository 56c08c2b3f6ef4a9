// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One publisher, withdrawer or repairer of a book at a time, on one machine, however long an upload
// takes: other books, and whoever else changes the listing, are not kept waiting. The kernel
// releases the lock with its holder, so a command that was killed is in nobody's way.
//
// All books share the file .audiodl-lock in the listing's root, a byte for each: two books of one
// byte (one in 2^62) wait for each other.

#ifndef AUDIODL_COMMON_PUBLISH_BOOK_LOCK_H_
#define AUDIODL_COMMON_PUBLISH_BOOK_LOCK_H_

#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

// Held while it lives.
class BookLock {
 public:
  static constexpr char kFileName[] = ".audiodl-lock";

  // kBusy: somebody else publishes, withdraws or mends the book just now. kIo, kNotFound: the
  // listing is not there or may not be written.
  static Result<BookLock> Take(const std::string& listing, const std::string& book);

  // Whether somebody holds it just now. Takes nothing, writes nothing, and is in nobody's way.
  // kIo, kForbidden: it cannot be told.
  static Result<bool> IsTaken(const std::string& listing, const std::string& book);

 private:
  explicit BookLock(UniqueFd file) : file_(std::move(file)) {}

  UniqueFd file_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_BOOK_LOCK_H_
