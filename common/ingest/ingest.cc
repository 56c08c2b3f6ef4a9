// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/ingest.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/base/new_file.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/ingest/book_claim.h"
#include "common/ingest/book_drop.h"
#include "common/ingest/broken_memo.h"
#include "common/ingest/failed_folder.h"
#include "common/ingest/media_drop.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

struct MediaFolder {
  const char* name;
  MediaKind kind;
};
constexpr std::array kMediaFolders = {MediaFolder{"samples", MediaKind::kSamples},
                                      MediaFolder{"podcasts", MediaKind::kPodcasts},
                                      MediaFolder{"images", MediaKind::kImages}};

constexpr char kWhere[] =
    "nothing belongs here: upload books to books/BOOK/, all else to samples/, podcasts/ or images/";

class Run {
 public:
  explicit Run(const IngestContext& context)
      : context_(context), memo_(context.OwnFolder() + "/broken") {}

  Status Do() {
    for (const auto part : {&Run::ResumeClaims, &Run::LookAtBooks, &Run::LookAtMedia,
                            &Run::LookAtStrays, &Run::ResumeClaims, &Run::TidyFolders}) {
      if (Status status = (this->*part)(); !status.ok()) return status;
    }
    if (context_.dry_run) return Status::Ok();
    context_.Step("note what is broken");
    return memo_.Save();
  }

 private:
  Status ResumeClaims();
  Status LookAtBooks();
  Status LookAtMedia();
  Status LookAtStrays();
  Status TidyFolders();
  Status TidyWork() const;
  void LookAtBook(const std::string& book);
  void LookAtStray(const std::string& name, const char* why);
  void RemoveLeftovers(const BookDrop& drop) const;
  void Trouble(const std::string& name, const Status& status) {
    context_.tell(DropEvent::kTrouble, name, status.text());
  }

  const IngestContext& context_;
  BrokenMemo memo_;
  std::vector<std::string> tried_;  // claims, in this run
};

// Paths below `top` of files, or of folders; hidden folders are left out.
Status Walk(const std::string& top, std::vector<std::string>* files,
            std::vector<std::string>* folders) {
  std::error_code error;
  fs::recursive_directory_iterator entry(top, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    const bool is_folder = entry->symlink_status(error).type() == fs::file_type::directory;
    if (is_folder && name.front() == '.') entry.disable_recursion_pending();
    if (is_folder && name.front() == '.') continue;
    const std::string path = entry->path().string().substr(top.size() + 1);
    if (is_folder && folders != nullptr) folders->push_back(path);
    if (!is_folder && files != nullptr) files->push_back(path);
  }
  // Uploaders remove and rename while we look: the next run sees what this one missed.
  if (error && error.value() != ENOENT) return Status::FromErrno(error.value(), "read " + top);
  if (files != nullptr) std::sort(files->begin(), files->end());
  if (folders != nullptr) std::sort(folders->begin(), folders->end());
  return Status::Ok();
}

Status Run::ResumeClaims() {
  if (context_.dry_run) return Status::Ok();
  const Result<std::vector<std::string>> books = FindClaims(context_);
  if (!books.ok()) return books.status();
  for (const std::string& book : *books) {
    if (std::find(tried_.begin(), tried_.end(), book) != tried_.end()) continue;
    tried_.push_back(book);
    if (Status status = BookClaim(context_, book).Resume(); !status.ok()) {
      Trouble("books/" + book, status);
    }
  }
  return Status::Ok();
}

Status Run::LookAtBooks() {
  std::vector<std::string> folders;
  if (Status status = Walk(context_.drop + "/books", nullptr, &folders); !status.ok()) {
    return status;
  }
  for (const std::string& book : folders) LookAtBook(book);
  return Status::Ok();
}

void Run::LookAtBook(const std::string& book) {
  const std::string name = "books/" + book;
  const Result<BookDrop> drop = BookDrop::Look(context_.drop + "/" + name, context_);
  if (drop.status().code() == Code::kNotFound) return;
  if (!drop.ok()) return Trouble(name, drop.status());
  const Result<DropVerdict> verdict = drop->Judge(context_, memo_);
  if (!verdict.ok()) return Trouble(name, verdict.status());
  if (verdict->what == DropVerdict::What::kNothing) return RemoveLeftovers(*drop);
  if (verdict->what == DropVerdict::What::kWaiting) {
    return context_.tell(DropEvent::kWaiting, name, verdict->why);
  }
  const bool is_broken = verdict->what == DropVerdict::What::kBroken;
  BookClaim claim(context_, book);
  if (claim.IsThere()) {
    return context_.tell(DropEvent::kWaiting, name, "an earlier upload of it is still on its way");
  }
  if (context_.dry_run) {
    return context_.tell(is_broken ? DropEvent::kFailed : DropEvent::kPublished, name,
                         verdict->why);
  }
  const Result<bool> taken = claim.Take(*drop, verdict->why);
  if (!taken.ok()) {
    tried_.push_back(book);
    return Trouble(name, taken.status());
  }
  // What is good is published with all other claims, at the end.
  if (!*taken || !is_broken) return;
  if (Status status = claim.Resume(); !status.ok()) Trouble(name, status);
}

Status Run::LookAtMedia() {
  for (const MediaFolder& folder : kMediaFolders) {
    std::vector<std::string> files;
    if (Status status = Walk(context_.drop + "/" + folder.name, &files, nullptr); !status.ok()) {
      return status;
    }
    for (const std::string& file : files) {
      const std::string name = std::string(folder.name) + "/" + file;
      if (Status status = TakeMediaFile(folder.kind, name, memo_, context_); !status.ok()) {
        Trouble(name, status);
      }
    }
  }
  return Status::Ok();
}

void Run::LookAtStray(const std::string& name, const char* why) {
  const Result<DropFile> file = LookAtFile(context_.drop + "/" + name);
  if (!file.ok() || IsUnfinishedName(file->name)) return;
  if (context_.now - file->changed < context_.quiet.count() || IsOpenForWriting(file->path)) return;
  if (!context_.dry_run) {
    Status status = MoveToFailed(file->path, name, why, context_);
    if (!status.ok()) return Trouble(name, status);
  }
  context_.tell(DropEvent::kFailed, name, why);
}

// What desktops leave in a folder that nobody uploads to any more.
void Run::RemoveLeftovers(const BookDrop& drop) const {
  if (context_.dry_run || context_.now - drop.changed < context_.give_up.count()) return;
  for (const std::string& name : drop.others) (void)unlink((drop.folder + "/" + name).c_str());
}

// What a run that was killed between its last two steps left in our own folder.
Status Run::TidyWork() const {
  std::vector<std::string> folders;
  const std::string top = context_.WorkFolder();
  if (Status status = Walk(top, nullptr, &folders); !status.ok()) return status;
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    const std::string path = top + "/" + *folder;
    (void)RemoveDeadNewFiles(path);
    (void)rmdir((path + "/.files").c_str());
    (void)rmdir((path + "/.out").c_str());
    (void)rmdir(path.c_str());
  }
  return Status::Ok();
}

// Folders that have been empty for as long as an upload is waited for.
Status Run::TidyFolders() {
  if (context_.dry_run) return Status::Ok();
  if (Status status = TidyWork(); !status.ok()) return status;
  for (const char* top : {"books", "samples", "podcasts", "images"}) {
    std::vector<std::string> folders;
    const std::string path = context_.drop + "/" + top;
    if (Status status = Walk(path, nullptr, &folders); !status.ok()) return status;
    // Those within others first.
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
      struct stat info;
      const std::string full = path + "/" + *folder;
      if (stat(full.c_str(), &info) != 0) continue;
      const int64_t changed = int64_t{info.st_mtim.tv_sec} * 1000000000 + info.st_mtim.tv_nsec;
      if (context_.now - changed >= context_.give_up.count()) (void)rmdir(full.c_str());
    }
  }
  return Status::Ok();
}

// Files beside the folders that mean something, or in others.
Status Run::LookAtStrays() {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(context_.drop, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  if (error) return Status::FromErrno(error.value(), "read " + context_.drop);
  for (const std::string& name : names) {
    const bool is_known =
        name == "books" || name == "failed" || name.front() == '.' ||
        std::any_of(kMediaFolders.begin(), kMediaFolders.end(),
                    [&](const MediaFolder& folder) { return name == folder.name; });
    if (is_known) continue;
    if (!fs::is_directory(fs::symlink_status(context_.drop + "/" + name, error))) {
      LookAtStray(name, kWhere);
      continue;
    }
    std::vector<std::string> files;
    if (Status status = Walk(context_.drop + "/" + name, &files, nullptr); !status.ok()) {
      return status;
    }
    for (const std::string& file : files) LookAtStray(name + "/" + file, kWhere);
  }
  std::vector<std::string> files;
  if (Status status = Walk(context_.drop + "/books", &files, nullptr); !status.ok()) return status;
  for (const std::string& file : files) {
    if (file.find('/') == std::string::npos) {
      LookAtStray("books/" + file, "a book is a folder: upload it to books/BOOK/");
    }
  }
  return Status::Ok();
}

}  // namespace

std::string_view EventName(DropEvent event) {
  switch (event) {
    case DropEvent::kPublished:
      return "published";
    case DropEvent::kMoved:
      return "moved";
    case DropEvent::kFailed:
      return "failed";
    case DropEvent::kWaiting:
      return "waiting";
    case DropEvent::kTrouble:
      break;
  }
  return "trouble";
}

Status Ingest(const IngestContext& context) {
  // The lock is on the drop folder itself, and goes with the process.
  const UniqueFd folder(open(context.drop.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return Status::FromErrno(errno, "open the drop folder " + context.drop);
  if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Status(Code::kBusy, "another ingest is at work there");
    return Status::FromErrno(errno, "lock " + context.drop);
  }
  if (!context.dry_run) {
    if (Status status = MakeFolders(context.OwnFolder()); !status.ok()) return status;
    (void)RemoveDeadNewFiles(context.OwnFolder());
  }
  return Run(context).Do();
}

}  // namespace audiodl
