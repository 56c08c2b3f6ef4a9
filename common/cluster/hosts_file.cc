// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/hosts_file.h"

#include <algorithm>

#include "common/base/text.h"

namespace audiodl {
namespace {

// What the lines begin with; what follows is for people.
constexpr std::string_view kBegin = "# BEGIN audiodl hosts";
constexpr std::string_view kBeginRest =
    ": replaced by \"audiodl hosts apply\"; what stands outside is left alone";
constexpr std::string_view kEnd = "# END audiodl hosts";
constexpr std::string_view kRolledBack = "# rolled back: serial ";
constexpr std::string_view kRolledBackRest = " and older are not applied";

// Calls `visit(line, begin, end)` for each line; `end` is behind its line end.
template <typename Visit>
void ForEachLine(std::string_view text, Visit visit) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t newline = std::min(text.find('\n', begin), text.size());
    const size_t end = std::min(newline + 1, text.size());
    visit(text.substr(begin, newline - begin), begin, end);
    begin = end;
  }
}

Status Damaged(size_t line, std::string_view what) {
  return Status(Code::kCorrupt, "line " + std::to_string(line) + " " + std::string(what));
}

// What stands between BEGIN and END.
HostsBlock ParseBlock(std::string_view inside) {
  HostsBlock block;
  if (inside.starts_with(kRolledBack)) {
    std::string_view rest = inside.substr(kRolledBack.size());
    const size_t blank = std::min(rest.find(' '), rest.size());
    block.refused_up_to = ParseDecimal(rest.substr(0, blank)).value_or(0);
    const size_t newline = inside.find('\n');
    inside.remove_prefix(newline == std::string_view::npos ? inside.size() : newline + 1);
  }
  block.object = inside;
  return block;
}

// Whether a line of a hosts file names the host: not in its comment, and not as its address.
bool LineNames(std::string_view line, std::string_view name) {
  line = line.substr(0, line.find('#'));
  constexpr std::string_view kBlanks = " \t\r";
  size_t at = line.find_first_not_of(kBlanks);
  for (bool address = true; at != std::string_view::npos; address = false) {
    const size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    if (!address && EqualsIgnoreCase(line.substr(at, end - at), name)) return true;
    at = line.find_first_not_of(kBlanks, end);
  }
  return false;
}

}  // namespace

std::string HostsBlock::Text() const {
  std::string text = std::string(kBegin) + std::string(kBeginRest) + "\n";
  if (refused_up_to != 0) {
    text += std::string(kRolledBack) + std::to_string(refused_up_to);
    text += std::string(kRolledBackRest) + "\n";
  }
  return text + object + std::string(kEnd) + "\n";
}

Result<HostsFile> HostsFile::Parse(std::string text) {
  HostsFile file;
  file.text_ = std::move(text);
  size_t number = 0;
  size_t begun = 0;  // in which line
  size_t inside = 0;
  Status status;
  ForEachLine(file.text_, [&](std::string_view line, size_t begin, size_t end) {
    ++number;
    if (!status.ok()) return;
    if (line.starts_with(kBegin)) {
      if (begun != 0 || file.block_) status = Damaged(number, "begins a second audiodl block");
      begun = number;
      file.block_begin_ = begin;
      inside = end;
    } else if (line.starts_with(kEnd)) {
      if (begun == 0) status = Damaged(number, "ends an audiodl block that does not begin");
      if (!status.ok()) return;
      begun = 0;
      file.block_end_ = end;
      file.block_ = ParseBlock(std::string_view(file.text_).substr(inside, begin - inside));
    }
  });
  if (status.ok() && begun != 0) {
    status = Damaged(begun, "begins an audiodl block that does not end: write \"" +
                                std::string(kEnd) + "\" below its last line");
  }
  if (!status.ok()) return status;
  return file;
}

std::string HostsFile::With(const std::optional<HostsBlock>& block) const {
  if (!block_) {
    if (!block) return text_;
    const bool open_line = !text_.empty() && !text_.ends_with('\n');
    return text_ + (open_line ? "\n" : "") + block->Text();
  }
  return text_.substr(0, block_begin_) + (block ? block->Text() : std::string()) +
         text_.substr(block_end_);
}

size_t HostsFile::ForeignLineNaming(std::string_view name) const {
  size_t number = 0;
  size_t found = 0;
  ForEachLine(text_, [&](std::string_view line, size_t begin, size_t) {
    ++number;
    const bool ours = block_ && begin >= block_begin_ && begin < block_end_;
    if (found == 0 && !ours && LineNames(line, name)) found = number;
  });
  return found;
}

}  // namespace audiodl
