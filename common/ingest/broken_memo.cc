// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/broken_memo.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/base/file_io.h"
#include "common/base/new_file.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kMaxBytes = size_t{4} << 20;

std::string StateOf(const DropFile& file) {
  return std::to_string(file.inode) + " " + std::to_string(file.size) + " " +
         std::to_string(file.changed);
}

}  // namespace

// A line is "INODE SIZE CHANGED WHY".
BrokenMemo::BrokenMemo(std::string path) : path_(std::move(path)) {
  const Result<std::string> text = ReadWholeFile(path_, kMaxBytes);
  if (!text.ok()) return;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    size_t end = 0;
    for (int words = 0; words < 3 && end != std::string_view::npos; ++words) {
      end = line.find(' ', words == 0 ? 0 : end + 1);
    }
    if (end == std::string_view::npos) continue;
    read_.emplace(line.substr(0, end), line.substr(end + 1));
  }
}

std::optional<std::string> BrokenMemo::Find(const DropFile& file) {
  const auto found = read_.find(StateOf(file));
  if (found == read_.end()) return std::nullopt;
  used_.insert(*found);
  return found->second;
}

void BrokenMemo::Note(const DropFile& file, const std::string& why) {
  used_.insert_or_assign(StateOf(file), Printable(why, 500));
}

Status BrokenMemo::Save() const {
  if (used_ == read_) return Status::Ok();
  std::string text;
  for (const auto& [state, why] : used_) text += state + " " + why + "\n";
  return WriteNewFile(path_, text);
}

}  // namespace audiodl
