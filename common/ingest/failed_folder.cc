// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/failed_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>

#include "common/base/dates.h"
#include "common/base/folder_owner.h"
#include "common/base/new_file.h"

namespace audiodl {
namespace {

constexpr int kMostTries = 10'000;

std::string ReasonText(const std::string& name, const std::string& why, int64_t now) {
  const auto when = std::chrono::sys_seconds(std::chrono::seconds(now / 1000000000));
  return "At " + FormatIsoDate(when) + " this could not be used:\n\n  " + name + "\n  " + why +
         "\n\nPut it right and upload it again to where it was. What is here can be removed.\n";
}

}  // namespace

Status MoveToFailed(const std::string& path, const std::string& name, const std::string& why,
                    const IngestContext& context) {
  const std::string wanted = context.FailedFolder() + "/" + name;
  if (Status status = MakeFolders(FolderOf(wanted)); !status.ok()) return status;
  // What a run left that was killed while it wrote the reason.
  (void)RemoveDeadNewFiles(FolderOf(wanted));
  for (int number = 1; number < kMostTries; ++number) {
    const std::string target = number == 1 ? wanted : wanted + "." + std::to_string(number);
    struct stat info;
    if (lstat(target.c_str(), &info) == 0) continue;
    // The reason first: a run that is killed in between writes it again.
    context.Step("give the reason");
    Status status = WriteNewFile(target + ".reason.txt", ReasonText(name, why, context.now));
    if (!status.ok()) return status;
    context.Step("move to failed");
    if (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
      return SyncFolder(FolderOf(target));
    }
    if (errno != EEXIST) return Status::FromErrno(errno, "move " + path + " to " + target);
  }
  return Status(Code::kIo, wanted + ": there are too many of that name");
}

}  // namespace audiodl
