// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/book_claim.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "common/base/file_io.h"
#include "common/base/new_file.h"
#include "common/ingest/failed_folder.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxClaim = size_t{16} << 20;

bool Exists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

// The folder, and those above it up to `top`, as far as they are empty.
void RemoveEmptyFolders(std::string folder, const std::string& top) {
  while (folder.size() > top.size() && rmdir(folder.c_str()) == 0) {
    folder.resize(folder.rfind('/'));
  }
}

// Names of the files directly in a folder.
Result<std::vector<std::string>> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_directory(error)) names.push_back(entry->path().filename());
  }
  if (error) return Status::FromErrno(error.value(), "read " + folder);
  return names;
}

}  // namespace

BookClaim::BookClaim(const IngestContext& context, std::string book)
    : context_(context),
      book_(std::move(book)),
      drop_(context.drop + "/books/" + book_),
      work_(context.WorkFolder() + "/" + book_) {}

bool BookClaim::Has(const char* state) const { return Exists(work_ + "/" + state); }

bool BookClaim::IsThere() const { return Has(kClaim) || Has(kPublished) || Has(kFailed); }

// Each name stands behind a '+', or a '-' where it is not to be published, and before a NUL.
Status BookClaim::Take(const BookDrop& drop) {
  std::string names;
  for (const DropFile& file : drop.files) names += '+' + file.name + '\0';
  for (const std::string& name : drop.others) names += '-' + name + '\0';
  context_.Step("claim");
  return WriteNewFile(work_ + "/" + kClaim, names);
}

Result<std::vector<BookClaim::Name>> BookClaim::ReadClaim() const {
  const Result<std::string> text = ReadWholeFile(work_ + "/" + kClaim, kMaxClaim);
  if (!text.ok()) return text.status();
  std::vector<Name> names;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = text->find('\0', begin);
    if (end == std::string::npos) break;
    names.push_back({text->substr(begin + 1, end - begin - 1), (*text)[begin] == '+'});
    begin = end + 1;
  }
  return names;
}

// A name that is in the drop and here, too, is a new upload: it stays there.
Result<std::vector<std::string>> BookClaim::FinishTaking() const {
  const Result<std::vector<Name>> names = ReadClaim();
  if (!names.ok()) return names.status();
  std::vector<std::string> payload;
  for (const Name& name : *names) {
    const std::string from = drop_ + "/" + name.name;
    const std::string to = work_ + "/" + name.name;
    context_.Step("take");
    const int moved = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    if (moved != 0 && errno != ENOENT && errno != EEXIST) {
      return Status::FromErrno(errno, "move " + from + " to " + work_);
    }
    if (name.is_payload && Exists(to)) payload.push_back(to);
  }
  if (Status status = SyncFolder(work_); !status.ok()) return status;
  return payload;
}

bool BookClaim::WasSaidDone() const {
  for (const char* name : {"done", ".done", "SHA256SUMS"}) {
    if (Has(name)) return true;
  }
  return false;
}

// `state` goes last, so that whoever is killed comes here again.
Status BookClaim::CleanUp(const char* state) const {
  const Result<std::vector<std::string>> names = NamesIn(work_);
  if (!names.ok()) return names.status();
  // Else its uploader may be in there, with more to come; old empty folders go by themselves.
  if (WasSaidDone()) RemoveEmptyFolders(drop_, context_.drop + "/books");
  for (const std::string& name : *names) {
    if (name == state) continue;
    context_.Step("remove");
    if (unlink((work_ + "/" + name).c_str()) != 0 && errno != ENOENT) {
      return Status::FromErrno(errno, "remove " + work_ + "/" + name);
    }
  }
  context_.Step("forget");
  if (unlink((work_ + "/" + state).c_str()) != 0 && errno != ENOENT) {
    return Status::FromErrno(errno, "remove " + work_ + "/" + state);
  }
  context_.Step("tidy");
  RemoveEmptyFolders(work_, context_.WorkFolder());
  return Status::Ok();
}

Status BookClaim::Fail(const std::string& why) {
  if (const auto taken = FinishTaking(); !taken.ok()) return taken.status();
  context_.Step("fail");
  if (Status status = WriteNewFile(work_ + "/" + kFailed, why); !status.ok()) return status;
  return FinishFailing();
}

// Only the files go: folders in it are other books on their way.
Status BookClaim::FinishFailing() {
  const Result<std::string> why = ReadWholeFile(work_ + "/" + kFailed, kMaxClaim);
  if (!why.ok()) return why.status();
  const std::string out = work_ + "/.out";
  context_.Step("make room");
  if (Status status = MakeFolders(out); !status.ok()) return status;
  const Result<std::vector<std::string>> names = NamesIn(work_);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name == kClaim || name == kFailed || IsNewFileName(name)) continue;
    context_.Step("gather");
    if (rename((work_ + "/" + name).c_str(), (out + "/" + name).c_str()) != 0) {
      return Status::FromErrno(errno, "move " + work_ + "/" + name);
    }
  }
  const std::string name = "books/" + book_;
  // Killed after the move, there is nothing left to be moved.
  if (rmdir(out.c_str()) != 0) {
    Status status = MoveToFailed(out, name, *why, context_);
    if (!status.ok()) return status;
    context_.tell(DropEvent::kFailed, name, *why);
  }
  return CleanUp(kFailed);
}

Status BookClaim::Resume() {
  if (Has(kPublished)) return CleanUp(kPublished);
  if (Has(kFailed)) return FinishFailing();
  const Result<std::vector<std::string>> payload = FinishTaking();
  if (!payload.ok()) return payload.status();
  context_.Step("publish");
  const PublishEnd end = context_.publish(book_, *payload);
  if (end.is_refused()) return Fail(end.status().text());
  if (!end.ok()) return end.status();
  context_.Step("note published");
  if (rename((work_ + "/" + kClaim).c_str(), (work_ + "/" + kPublished).c_str()) != 0) {
    return Status::FromErrno(errno, "rename " + work_ + "/" + kClaim);
  }
  context_.tell(DropEvent::kPublished, "books/" + book_, {});
  return CleanUp(kPublished);
}

Result<std::vector<std::string>> FindClaims(const IngestContext& context) {
  std::vector<std::string> books;
  const std::string top = context.WorkFolder();
  std::error_code error;
  for (fs::recursive_directory_iterator entry(top, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name != BookClaim::kClaim && name != BookClaim::kPublished && name != BookClaim::kFailed) {
      continue;
    }
    const std::string book = entry->path().parent_path().string().substr(top.size() + 1);
    if (books.empty() || books.back() != book) books.push_back(book);
  }
  if (error && error.value() != ENOENT) return Status::FromErrno(error.value(), "read " + top);
  return books;
}

}  // namespace audiodl
