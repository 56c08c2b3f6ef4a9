// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Keeps two fetchers off one object: while `graceful` replaces the fetcher, the old one still
// finishes what it is filling. One lock file per cache directory, one byte of it per object, as
// open-file- description locks (fcntl(2), F_OFD_SETLK): the kernel releases them with their holder,
// however it ends, and another descriptor of the same process does not drop them as it would drop
// classic ones. Two objects that share a byte only wait for each other. One thread at a time.

#ifndef AUDIODL_COMMON_FETCH_FILL_LOCK_H_
#define AUDIODL_COMMON_FETCH_FILL_LOCK_H_

#include <string>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/cache/object_id.h"

namespace audiodl {

class FillLocks {
 public:
  // Opens (makes) the directory's lock file.
  static Result<FillLocks> Open(const std::string& cache_dir);

  // kBusy: another process fills that object now.
  Status TryLock(const ObjectId& id);
  // REQUIRES: TryLock(id) was ok, and no other object of the same byte is still locked by us.
  void Unlock(const ObjectId& id);

 private:
  explicit FillLocks(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FILL_LOCK_H_
