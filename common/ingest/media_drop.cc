// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/media_drop.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "common/base/file_io.h"
#include "common/base/folder_owner.h"
#include "common/base/new_file.h"
#include "common/base/unique_fd.h"
#include "common/ingest/drop_file.h"
#include "common/ingest/failed_folder.h"
#include "common/stock/listing_time.h"

namespace audiodl {
namespace {

constexpr size_t kSliceBytes = size_t{1} << 20;

Status Fail(const std::string& name, const std::string& why, const IngestContext& context) {
  if (!context.dry_run) {
    Status status = MoveToFailed(context.drop + "/" + name, name, why, context);
    if (!status.ok()) return status;
  }
  context.tell(DropEvent::kFailed, name, why);
  return Status::Ok();
}

// What is copied is ours, open to readers, and whole or not there. The tree may be on another disk.
// What replaces another file has a time by which whoever replicates the tree sees that.
Status CopyInto(const std::string& from, const std::string& to, const IngestContext& context) {
  // A run that was killed here was at the same file.
  (void)RemoveDeadNewFiles(FolderOf(to));
  context.Step("copy");
  const UniqueFd source(open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!source.valid()) return Status::FromErrno(errno, "open " + from);
  Result<NewFile> target = NewFile::Create(to);
  if (!target.ok()) return target.status();
  std::string slice(kSliceBytes, '\0');
  for (;;) {
    const ssize_t n = read(source.get(), slice.data(), slice.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::FromErrno(errno, "read " + from);
    if (n == 0) break;
    Status status = target->Append(std::string_view(slice).substr(0, static_cast<size_t>(n)));
    if (!status.ok()) return status;
  }
  const int64_t time = NextListingTime(NowNanoseconds(), TimeOfFile(to));
  if (Status status = SetTimeOfFile(target->fd(), to, time); !status.ok()) return status;
  context.Step("put into the tree");
  return target->Commit();
}

Status Move(const DropFile& file, const std::string& name, const IngestContext& context) {
  if (context.tree.empty()) {
    return Status::Invalid(
        "there is no tree to move it to: write AudioDropTree into the settings, "
        "or give --tree");
  }
  if (!context.dry_run) {
    Status status = CopyInto(file.path, context.tree + "/" + name, context);
    if (!status.ok()) return status;
    // Somebody has gone on with it: it is looked at again.
    const Result<DropFile> now = LookAtFile(file.path);
    if (!now.ok() || !now->SameState(file)) return Status::Ok();
    context.Step("remove");
    if (unlink(file.path.c_str()) != 0 && errno != ENOENT) {
      return Status::FromErrno(errno, "remove " + file.path);
    }
  }
  context.tell(DropEvent::kMoved, name, {});
  return Status::Ok();
}

Result<std::string> WhyBroken(const DropFile& file, BrokenMemo& memo,
                              const IngestContext& context) {
  if (const auto known = memo.Find(file)) return *known;
  context.Look(file.path);
  const Status status = CheckMediaContent(file.path);
  if (status.ok()) return std::string();
  if (status.code() != Code::kCorrupt) return status;
  memo.Note(file, status.text());
  return status.text();
}

}  // namespace

Status TakeMediaFile(MediaKind kind, const std::string& name, BrokenMemo& memo,
                     const IngestContext& context) {
  const Result<DropFile> file = LookAtFile(context.drop + "/" + name);
  if (!file.ok()) return Status::Ok();  // gone, or no file
  const int64_t age = context.now - file->changed;
  const auto wait = [&](const std::string& why) {
    if (age >= context.give_up.count())
      return Fail(name, why + "; nothing came for too long", context);
    context.tell(DropEvent::kWaiting, name, why);
    return Status::Ok();
  };
  if (IsUnfinishedName(file->name)) return wait("it is being uploaded");
  if (age < context.quiet.count()) {
    context.tell(DropEvent::kWaiting, name, "its upload may go on");
    return Status::Ok();
  }
  if (IsOpenForWriting(file->path)) {
    context.tell(DropEvent::kWaiting, name, "it is being written");
    return Status::Ok();
  }
  const Status good = CheckMediaName(kind, name.substr(name.find('/') + 1));
  if (!good.ok()) return Fail(name, good.text(), context);
  const Result<std::string> why = WhyBroken(*file, memo, context);
  if (!why.ok()) return why.status();
  return why->empty() ? Move(*file, name, context) : wait(*why);
}

}  // namespace audiodl
