// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/book_drop.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>

#include "common/audio/audio_file.h"
#include "common/base/file_io.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/ingest/checksum_list.h"

namespace audiodl {
namespace {

using What = DropVerdict::What;

constexpr char kSums[] = "SHA256SUMS";
constexpr size_t kMaxSums = size_t{1} << 20;

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

bool IsDoneName(std::string_view name) { return name == ".done" || name == "done"; }

bool IsDesktopsName(std::string_view name) {
  return EqualsIgnoreCase(name, "Thumbs.db") || EqualsIgnoreCase(name, "desktop.ini");
}

std::string Words(const std::string& name, const std::string& why) {
  return Printable(name) + ": " + why;
}

// Why it is no whole audio file; empty where it is, or is none. From the memo where that knows.
Result<std::string> WhyBroken(const DropFile& file, BrokenMemo& memo,
                              const IngestContext& context) {
  if (const auto known = memo.Find(file)) return *known;
  context.Look(file.path);
  const UniqueFd fd(open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + file.path);
  const Status status = InspectAudio(fd.get(), file.size, file.name).status();
  if (status.ok()) return std::string();
  if (status.code() != Code::kCorrupt) return status;
  memo.Note(file, status.text());
  return status.text();
}

}  // namespace

Result<BookDrop> BookDrop::Look(const std::string& folder, const IngestContext& context) {
  BookDrop drop;
  drop.folder = folder;
  const std::unique_ptr<DIR, CloseFolder> dir(opendir(folder.c_str()));
  if (!dir) return Status::FromErrno(errno, "open " + folder);
  while (const dirent* entry = readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    Result<DropFile> file = LookAtFile(folder + "/" + name);
    if (!file.ok()) continue;  // a folder, or gone
    drop.changed = std::max(drop.changed, file->changed);
    const bool is_fresh = context.now - file->changed < context.quiet.count();
    if (IsDoneName(name)) {
      drop.is_done = true;
      drop.others.push_back(name);
    } else if (name == kSums) {
      drop.has_sums = true;
      drop.others.push_back(name);
    } else if (IsDesktopsName(name) || (name.front() == '.' && !is_fresh)) {
      drop.others.push_back(name);
    } else if (IsUnfinishedName(name)) {
      drop.unfinished = name;
      drop.others.push_back(name);
    } else {
      drop.files.push_back(std::move(file).value());
    }
  }
  std::sort(drop.files.begin(), drop.files.end(),
            [](const DropFile& a, const DropFile& b) { return a.name < b.name; });
  return drop;
}

DropVerdict BookDrop::Wait(const IngestContext& context, std::string why) const {
  if (context.now - changed < context.give_up.count()) return {What::kWaiting, std::move(why)};
  return {What::kBroken, std::move(why) + "; nothing came for too long"};
}

Result<DropVerdict> BookDrop::JudgeSums(const IngestContext& context, BrokenMemo& memo) const {
  const Result<std::string> text = ReadWholeFile(folder + "/" + kSums, kMaxSums);
  if (!text.ok()) return text.status();
  const auto sums = ParseChecksumList(*text);
  // It may be being uploaded itself.
  if (!sums.ok()) return Wait(context, Words(kSums, sums.status().text()));
  std::map<std::string, const DropFile*> there;
  for (const DropFile& file : files) {
    there.emplace(file.name, &file);
    if (!sums->contains(file.name)) {
      return Wait(context, Words(file.name, "SHA256SUMS does not name it"));
    }
  }
  for (const auto& [name, digest] : *sums) {
    const auto file = there.find(name);
    if (file == there.end())
      return Wait(context, Words(name, "it is named by SHA256SUMS and has not come"));
    if (const auto known = memo.Find(*file->second)) return Wait(context, Words(name, *known));
    context.Look(file->second->path);
    const Result<std::string> found = Sha256OfFile(file->second->path);
    if (!found.ok()) return found.status();
    if (*found == digest) continue;
    const std::string why = "it is not what SHA256SUMS says: not all of it has come, perhaps";
    memo.Note(*file->second, why);
    return Wait(context, Words(name, why));
  }
  return DropVerdict{What::kReady, {}};
}

Result<DropVerdict> BookDrop::JudgeAudio(const IngestContext& context, BrokenMemo& memo) const {
  for (const DropFile& file : files) {
    const Result<std::string> why = WhyBroken(file, memo, context);
    if (!why.ok()) return why.status();
    if (why->empty()) continue;
    if (is_done) return DropVerdict{What::kBroken, Words(file.name, *why)};
    return Wait(context, Words(file.name, *why));
  }
  return DropVerdict{What::kReady, {}};
}

Result<DropVerdict> BookDrop::Judge(const IngestContext& context, BrokenMemo& memo) const {
  if (!unfinished.empty()) return Wait(context, Words(unfinished, "it is being uploaded"));
  if (files.empty()) return DropVerdict{};
  for (const DropFile& file : files) {
    if (IsOpenForWriting(file.path)) {
      return DropVerdict{What::kWaiting, Words(file.name, "it is being written")};
    }
  }
  if (has_sums) {
    Result<DropVerdict> verdict = JudgeSums(context, memo);
    if (!verdict.ok() || verdict->what != What::kReady) return verdict;
  } else if (!is_done && context.now - changed < context.quiet.count()) {
    return DropVerdict{What::kWaiting, "its upload may go on"};
  }
  return JudgeAudio(context, memo);
}

}  // namespace audiodl
