// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/operator_cache.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <utility>

#include "common/cache/cache_dir_check.h"
#include "common/cache/quarantine.h"

namespace audiodl {
namespace {

Status BecomeOwnerOf(const std::string& dir) {
  struct stat info;
  if (stat(dir.c_str(), &info) != 0) return Status::FromErrno(errno, dir);
  if (geteuid() != 0 || info.st_uid == 0) return Status::Ok();
  const bool done = setgroups(0, nullptr) == 0 &&
                    setresgid(info.st_gid, info.st_gid, info.st_gid) == 0 &&
                    setresuid(info.st_uid, info.st_uid, info.st_uid) == 0;
  return done ? Status::Ok() : Status::FromErrno(errno, "become the owner of " + dir);
}

void Walk(const std::string& dir, const CacheWalk::Visitor& visit) {
  CacheWalk walk(dir);
  while (!walk.done()) walk.Step(UINT32_MAX, visit);
}

}  // namespace

Status CheckIsCache(const std::string& dir) {
  const std::string marker = dir + "/" + std::string(kCacheMarkerName);
  if (access(marker.c_str(), R_OK) == 0) return Status::Ok();
  if (errno == EACCES) {
    return Status(Code::kIo, dir + " may not be read by this user: run as root or as its owner");
  }
  return Status::Invalid(dir + " is no audiodl cache: say which one with --dir");
}

void OperatorCache::VisitAllFiles(const CacheWalk::Visitor& visit) const {
  Walk(dir, visit);
  for (const NotedStore& store : stores) {
    if (!store.spill_dir.empty()) Walk(store.spill_dir, visit);
  }
  VisitQuarantine(dir, visit);
}

Result<OperatorCache> OpenOperatorCache(const std::string& dir, CacheIndex::Access access,
                                        const CacheLimits* limits) {
  if (Status status = BecomeOwnerOf(dir); !status.ok()) return status;
  if (Status status = CheckIsCache(dir); !status.ok()) return status;
  OperatorCache cache;
  cache.dir = dir;
  Result<std::vector<NotedStore>> noted = ReadStoreNote(dir);
  if (!noted.ok() && noted.status().code() != Code::kNotFound) return noted.status();
  if (noted.ok()) cache.stores = std::move(noted).value();
  SpaceSettings settings;
  settings.dir = dir;
  settings.limits = limits != nullptr ? *limits : LimitsOf(cache.stores);
  settings.listed = ListedOf(cache.stores);
  settings.access = access;
  auto space = CacheSpace::Open(std::move(settings));
  if (!space.ok()) return space.status();
  cache.space = std::move(space).value();
  return cache;
}

ExitCode Complain(const Command& command, const Status& status, const Console& console) {
  console.err << "audiodl " << command.name << ": " << status.text() << "\n";
  return kTrouble;
}

}  // namespace audiodl
