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
#include "common/base/text.h"
#include "common/ingest/drop_file.h"
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

// What a move leaves as it is.
std::string BytesState(const DropFile& file) {
  return std::to_string(file.inode) + " " + std::to_string(file.size) + " ";
}

std::string State(const DropFile& file) { return BytesState(file) + std::to_string(file.changed); }

// Names of the files directly in a folder; none where it is not there.
Result<std::vector<std::string>> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_directory(error)) names.push_back(entry->path().filename());
  }
  if (error && error.value() != ENOENT) return Status::FromErrno(error.value(), "read " + folder);
  return names;
}

}  // namespace

BookClaim::BookClaim(const IngestContext& context, std::string book)
    : context_(context),
      book_(std::move(book)),
      drop_(context.drop + "/books/" + book_),
      work_(context.WorkFolder() + "/" + book_),
      files_(work_ + "/.files") {}

bool BookClaim::Has(const char* state) const { return Exists(work_ + "/" + state); }

bool BookClaim::IsThere() const { return Has(kClaim) || Has(kPublished) || Has(kFailed); }

Result<bool> BookClaim::Take(const BookDrop& drop, const std::string& why) {
  std::string text;
  for (const DropFile& file : drop.files) text += '+' + State(file) + '/' + file.name + '\0';
  for (const std::string& name : drop.others) text += '-' + name + '\0';
  if (!why.empty()) text += '!' + why + '\0';
  context_.Step("claim");
  if (Status status = WriteNewFile(work_ + "/" + kClaim, text); !status.ok()) return status;
  const Result<Claim> claim = ReadClaim();
  if (!claim.ok()) return claim.status();
  return FinishTaking(*claim);
}

Result<BookClaim::Claim> BookClaim::ReadClaim() const {
  const Result<std::string> text = ReadWholeFile(work_ + "/" + kClaim, kMaxClaim);
  if (!text.ok()) return text.status();
  Claim claim;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = text->find('\0', begin);
    if (end == std::string::npos) break;
    const char kind = (*text)[begin];
    const std::string rest = text->substr(begin + 1, end - begin - 1);
    begin = end + 1;
    if (kind == '-') claim.others.push_back(rest);
    if (kind == '!') claim.why = rest;
    if (kind != '+') continue;
    // The version before noted the name alone.
    const size_t slash = rest.find('/');
    const bool has_state = slash != std::string::npos;
    claim.payload.push_back(
        {rest.substr(has_state ? slash + 1 : 0), has_state ? rest.substr(0, slash) : ""});
  }
  return claim;
}

std::string BookClaim::WhyNotAsJudged(const Claim& claim) const {
  for (const auto& [name, judged] : claim.payload) {
    const bool is_here = Exists(files_ + "/" + name);
    const std::string path = (is_here ? files_ : drop_) + "/" + name;
    const Result<DropFile> file = LookAtFile(path);
    if (!file.ok()) return Printable(name) + ": it is not there any more";
    const bool is_same = judged.empty() || judged == State(*file) ||
                         (is_here && judged.starts_with(BytesState(*file)));
    if (!is_same) return Printable(name) + ": it has changed while it was looked at";
    if (IsOpenForWriting(path)) return Printable(name) + ": it is being written";
  }
  return {};
}

// A name that is in the drop and here, too, is a new upload: it stays there. So does a folder.
Status BookClaim::Move(const std::string& name) const {
  const std::string from = drop_ + "/" + name;
  const std::string to = files_ + "/" + name;
  if (!LookAtFile(from).ok()) return Status::Ok();
  context_.Step("take");
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0 &&
      errno != ENOENT && errno != EEXIST) {
    return Status::FromErrno(errno, "move " + from + " to " + files_);
  }
  return Status::Ok();
}

Result<bool> BookClaim::FinishTaking(const Claim& claim) const {
  if (Status status = GatherOldFiles(); !status.ok()) return status;
  std::string why = WhyNotAsJudged(claim);
  if (why.empty()) {
    for (const Name& name : claim.payload) {
      if (Status status = Move(name.name); !status.ok()) return status;
    }
    for (const std::string& name : claim.others) {
      if (Status status = Move(name); !status.ok()) return status;
    }
    // Again: somebody may have opened one in the moment of its move.
    why = WhyNotAsJudged(claim);
  }
  if (!why.empty()) {
    Status status = GiveBack(why);
    if (!status.ok()) return status;
    return false;
  }
  if (Status status = SyncFolder(files_); !status.ok()) return status;
  return true;
}

// The version before kept the files beside our state, and those of a failing book in .out/.
Status BookClaim::GatherOldFiles() const {
  context_.Step("make room");
  if (Status status = MakeFolders(files_); !status.ok()) return status;
  const std::string out = work_ + "/.out";
  // In this order: it may be that an uploader's file is called .out.
  for (const std::string& folder : {work_, out}) {
    const Result<std::vector<std::string>> names = NamesIn(folder);
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      if (name == kClaim || name == kFailed || IsNewFileName(name)) continue;
      context_.Step("gather");
      if (rename((folder + "/" + name).c_str(), (files_ + "/" + name).c_str()) != 0) {
        return Status::FromErrno(errno, "move " + folder + "/" + name);
      }
    }
  }
  (void)rmdir(out.c_str());
  return Status::Ok();
}

// Killed in between, it is not as it was judged, either, as a move changes the time. What a newer
// upload has replaced in the drop goes to failed/.
Status BookClaim::GiveBack(const std::string& why) const {
  const Result<std::vector<std::string>> names = NamesIn(files_);
  if (!names.ok()) return names.status();
  if (!names->empty()) {
    if (Status status = MakeFolders(drop_); !status.ok()) return status;
  }
  for (const std::string& name : *names) {
    const std::string from = files_ + "/" + name;
    const std::string to = drop_ + "/" + name;
    context_.Step("give back");
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) continue;
    if (errno != EEXIST) return Status::FromErrno(errno, "move " + from + " back to " + drop_);
    const std::string path = "books/" + book_ + "/" + name;
    const std::string replaced = "it was uploaded again before it was published";
    if (Status status = MoveToFailed(from, path, replaced, context_); !status.ok()) return status;
    context_.tell(DropEvent::kFailed, path, replaced);
  }
  context_.tell(DropEvent::kWaiting, "books/" + book_, why);
  return Forget(kClaim);
}

bool BookClaim::WasSaidDone() const {
  for (const char* name : {"done", ".done", "SHA256SUMS"}) {
    if (Exists(files_ + "/" + name) || Has(name)) return true;
  }
  return false;
}

// `state` goes last, so that whoever is killed comes here again.
Status BookClaim::CleanUp(const char* state) const {
  // Else its uploader may be in there, with more to come; old empty folders go by themselves.
  if (WasSaidDone()) RemoveEmptyFolders(drop_, context_.drop + "/books");
  for (const std::string& folder : {files_, work_}) {
    const Result<std::vector<std::string>> names = NamesIn(folder);
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      if (folder == work_ && name == state) continue;
      context_.Step("remove");
      if (unlink((folder + "/" + name).c_str()) != 0 && errno != ENOENT) {
        return Status::FromErrno(errno, "remove " + folder + "/" + name);
      }
    }
  }
  return Forget(state);
}

Status BookClaim::Forget(const char* state) const {
  context_.Step("forget");
  if (unlink((work_ + "/" + state).c_str()) != 0 && errno != ENOENT) {
    return Status::FromErrno(errno, "remove " + work_ + "/" + state);
  }
  context_.Step("tidy");
  (void)rmdir(files_.c_str());
  RemoveEmptyFolders(work_, context_.WorkFolder());
  return Status::Ok();
}

Status BookClaim::Fail(const std::string& why) const {
  context_.Step("fail");
  if (Status status = WriteNewFile(work_ + "/" + kFailed, why); !status.ok()) return status;
  return FinishFailing();
}

// Only the files go: folders beside them are other books on their way.
Status BookClaim::FinishFailing() const {
  const Result<std::string> why = ReadWholeFile(work_ + "/" + kFailed, kMaxClaim);
  if (!why.ok()) return why.status();
  if (Status status = GatherOldFiles(); !status.ok()) return status;
  const std::string name = "books/" + book_;
  // Killed after the move, there is nothing left to be moved.
  if (rmdir(files_.c_str()) != 0) {
    Status status = MoveToFailed(files_, name, *why, context_);
    if (!status.ok()) return status;
    context_.tell(DropEvent::kFailed, name, *why);
  }
  return CleanUp(kFailed);
}

Status BookClaim::Resume() {
  // Beside a .claim it is an uploader's, which the version before kept in the same folder.
  if (Has(kPublished) && !Has(kClaim)) return CleanUp(kPublished);
  if (Has(kFailed)) return FinishFailing();
  const Result<Claim> claim = ReadClaim();
  if (!claim.ok()) return claim.status();
  const Result<bool> taken = FinishTaking(*claim);
  if (!taken.ok() || !*taken) return taken.status();
  if (!claim->why.empty()) return Fail(claim->why);
  std::vector<std::string> payload;
  for (const Name& name : claim->payload) payload.push_back(files_ + "/" + name.name);
  context_.Step("publish");
  const PublishEnd end = context_.publish(book_, payload);
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
    if (entry->is_directory(error)) {
      // No book's: files are in there.
      if (name.front() == '.') entry.disable_recursion_pending();
      continue;
    }
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
