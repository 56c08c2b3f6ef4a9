// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/drain_flag.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

std::string FlagOf(const std::string& cache_dir) { return cache_dir + "/.audiodl-draining"; }

}  // namespace

bool IsDraining(const std::string& cache_dir) {
  return access(FlagOf(cache_dir).c_str(), F_OK) == 0;
}

Status SetDraining(const std::string& cache_dir, bool draining) {
  const std::string flag = FlagOf(cache_dir);
  if (!draining) {
    if (unlink(flag.c_str()) == 0 || errno == ENOENT) return Status::Ok();
    return Status::FromErrno(errno, "remove " + flag);
  }
  const UniqueFd fd(open(flag.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
  return fd.valid() ? Status::Ok() : Status::FromErrno(errno, "create " + flag);
}

}  // namespace audiodl
