// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How publishing ended, and who can put it right: whoever made the files, or whoever runs the shop.
// A code does not tell: kInvalid is a file's name as well as a disk that is not mounted. So any
// Status is the shop's trouble, and only what has looked at the files says of one that it is not:
//
//   return PublishEnd::Refused(Status::Invalid("01.mp3: its name is not UTF-8"));
//
// A value; one thread at a time.

#ifndef AUDIODL_COMMON_PUBLISH_PUBLISH_END_H_
#define AUDIODL_COMMON_PUBLISH_PUBLISH_END_H_

#include <string>
#include <utility>

#include "common/base/status.h"

namespace audiodl {

class [[nodiscard]] PublishEnd {
 public:
  // Done, or trouble of the shop's: another try, with the same files, may do.
  PublishEnd(Status status) : status_(std::move(status)) {}

  // The files cannot be published as they are. REQUIRES: !why.ok()
  static PublishEnd Refused(Status why) { return PublishEnd(std::move(why), true); }

  bool ok() const { return status_.ok(); }
  bool is_refused() const { return is_refused_; }
  const Status& status() const { return status_; }

  // The same with more words behind it.
  PublishEnd With(const std::string& more) const {
    return PublishEnd(Status(status_.code(), status_.text() + more), is_refused_);
  }

 private:
  PublishEnd(Status status, bool is_refused)
      : status_(std::move(status)), is_refused_(is_refused) {}

  Status status_;
  bool is_refused_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_PUBLISH_END_H_
