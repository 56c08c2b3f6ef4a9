// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/backup/dump_lines.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kHead = 60;

bool Counts(std::string_view line) {
  return !line.empty() && line != "\r" && !line.starts_with("-- ") && line != "--" &&
         !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict ");
}

}  // namespace

void DumpLines::Write(std::string_view data) {
  bytes_ += data.size();
  while (!data.empty()) {
    const size_t end = data.find('\n');
    Add(data.substr(0, end));
    if (end == std::string_view::npos) return;
    EndLine();
    data.remove_prefix(end + 1);
  }
}

void DumpLines::Finish() {
  EndLine();
  if (original_ == nullptr || !difference_.empty() || count() == original_->count()) return;
  difference_ =
      "it ends after line " + std::to_string(count()) + " of " + std::to_string(original_->count());
}

void DumpLines::Add(std::string_view piece) {
  head_.append(piece.substr(0, kHead - std::min(kHead, head_.size())));
  line_.Update(piece);
}

void DumpLines::EndLine() {
  const Sha256Bytes digest = std::exchange(line_, Sha256()).Final();
  const std::string head = std::exchange(head_, {});
  if (!Counts(head)) return;
  uint64_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  hashes_.push_back(hash);
  if (original_ == nullptr || !difference_.empty()) return;
  const size_t number = hashes_.size();
  if (number <= original_->count() && original_->hashes_[number - 1] == hash) return;
  difference_ =
      "line " + std::to_string(number) + " differs, which begins: " + Printable(head, kHead);
}

}  // namespace audiodl
