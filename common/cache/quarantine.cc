// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/quarantine.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <vector>

#include "common/base/dates.h"
#include "common/base/text.h"
#include "common/cache/file_facts.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

// With the other parts within the 255 bytes of a file name.
constexpr size_t kMaxKeyBytes = 120;

std::string FolderOf(const std::string& dir) { return dir + "/quarantine"; }

std::string Readable(std::string_view text) {
  std::string name(text.substr(text.size() - std::min(text.size(), kMaxKeyBytes)));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == ' ' || IsControl(c); }, '_');
  return name;
}

std::string Stamp(int64_t now) {
  std::string stamp = FormatIsoDate(std::chrono::system_clock::from_time_t(now));
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

bool IsDigits(std::string_view text, std::string_view digits) {
  return text.find_first_not_of(digits) == std::string_view::npos;
}

// "20261224T000000Z block_2_damaged book_01.mp3 0123456789abcdef": what QuarantinePath() makes.
bool IsOurName(std::string_view name) {
  constexpr size_t kStamp = 16, kId = 16;
  if (name.size() < kStamp + 4 + kId || std::count(name.begin(), name.end(), ' ') != 3)
    return false;
  return IsDigits(name.substr(0, kStamp), "0123456789TZ") && name[kStamp] == ' ' &&
         IsDigits(name.substr(name.size() - kId), "0123456789abcdef") &&
         name[name.size() - kId - 1] == ' ';
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  std::sort(names.begin(), names.end());  // by time, which they begin with
  return names;
}

}  // namespace

Result<std::string> QuarantinePath(const std::string& dir, const CachedObject& object,
                                   std::string_view reason, int64_t now) {
  const std::string folder = FolderOf(dir);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Status::FromErrno(errno, "mkdir " + folder);
  }
  std::vector<std::string> names = NamesIn(folder);
  std::erase_if(names, [](const std::string& name) { return !IsOurName(name); });
  for (size_t i = 0; i + kMaxQuarantined <= names.size(); ++i) {
    std::string oldest = folder;
    unlink(oldest.append("/").append(names[i]).c_str());
  }
  std::string path = folder + "/" + Stamp(now);
  for (const std::string& part :
       {Readable(reason), Readable(object.key), object.id.Hex().substr(0, 16)}) {
    path.append(" ").append(part);
  }
  return path;
}

void VisitQuarantine(const std::string& dir, const CacheWalk::Visitor& visit) {
  const std::string folder = FolderOf(dir);
  for (const std::string& name : NamesIn(folder)) {
    std::string path = folder;
    path.append("/").append(name);
    const Result<FileFacts> facts = FindFacts(path);
    if (facts.ok()) visit(FoundFile{path, *facts, facts->object.id});
  }
}

}  // namespace audiodl
