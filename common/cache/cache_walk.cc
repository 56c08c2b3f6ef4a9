// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_walk.h"

#include <algorithm>
#include <functional>
#include <system_error>

namespace audiodl {
namespace {

namespace fs = std::filesystem;

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

unsigned HexValue(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); }

// What the cache itself has beside the objects, and a file system's own.
bool IsHousekeeping(std::string_view name) {
  return name.starts_with(".audiodl-") || name == "tmp" || name == "quarantine" ||
         name == "lost+found";
}

}  // namespace

std::optional<ObjectId> IdOfPath(const fs::path& path) {
  const std::string name = path.filename();
  ObjectId id;
  if (name.size() != 2 * id.bytes.size() || !IsHex(name)) return std::nullopt;
  if (path.parent_path().filename() != name.substr(0, 2)) return std::nullopt;
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<uint8_t>(HexValue(name[2 * i]) << 4 | HexValue(name[2 * i + 1]));
  }
  return id;
}

void CacheWalk::Note(const std::error_code& error, const std::string& what) {
  if (!error || error == std::errc::no_such_file_or_directory || !trouble_.ok()) return;
  trouble_ = Status::FromErrno(error.value(), what);
}

void CacheWalk::ListTop(const Visitor& visit) {
  listed_ = true;
  std::error_code error;
  for (fs::directory_iterator top(dir_, error); !error && top != fs::directory_iterator();
       top.increment(error)) {
    const std::string name = top->path().filename();
    if (IsHousekeeping(name)) continue;
    std::error_code ignored;
    const bool folder = top->symlink_status(ignored).type() == fs::file_type::directory;
    if (folder && name.size() == 2 && IsHex(name)) {
      folders_.push_back(name);
    } else {
      visit(FoundFile{top->path(), FileFacts{}, ObjectId{}});
    }
  }
  Note(error, "read the directory " + dir_);
  std::sort(folders_.begin(), folders_.end(), std::greater<>());
}

void CacheWalk::OpenNextFolder() {
  const std::string folder = dir_ + "/" + folders_.back();
  folders_.pop_back();
  std::error_code error;
  entry_ = fs::directory_iterator(folder, error);
  Note(error, "read the directory " + folder);
}

void CacheWalk::Look(const fs::path& path, const Visitor& visit) {
  const std::optional<ObjectId> id = IdOfPath(path);
  Result<FileFacts> facts = FindFacts(path);
  if (!facts.ok()) {
    if (facts.status().code() != Code::kNotFound && trouble_.ok()) trouble_ = facts.status();
    return;
  }
  const bool has_id =
      facts->kind == FileFacts::Kind::kGood || facts->kind == FileFacts::Kind::kStale;
  if (!id || (has_id && facts->object.id != *id)) facts->kind = FileFacts::Kind::kForeign;
  if (id) facts->object.id = *id;
  visit(FoundFile{path, *facts, id.value_or(ObjectId{})});
}

void CacheWalk::Step(unsigned at_most, const Visitor& visit) {
  if (!listed_) ListTop(visit);
  for (; at_most > 0 && !done_; --at_most) {
    if (entry_ == fs::directory_iterator()) {
      if (folders_.empty()) {
        done_ = true;
        return;
      }
      OpenNextFolder();
      continue;
    }
    const fs::path path = entry_->path();
    std::error_code error;
    entry_.increment(error);
    if (error) entry_ = fs::directory_iterator();
    Note(error, "read the directory " + path.parent_path().string());
    Look(path, visit);
  }
}

}  // namespace audiodl
