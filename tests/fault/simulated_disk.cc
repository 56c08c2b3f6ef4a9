// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/fault/simulated_disk.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/file_io.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSector = 512;
constexpr uint64_t kPage = 4096;

bool Coin(std::mt19937& random) { return random() % 2 == 0; }

}  // namespace

SimulatedDisk::SimulatedDisk(std::string dir) : dir_(std::move(dir)) {
  for (const auto& entry : fs::recursive_directory_iterator(dir_)) {
    if (!entry.is_regular_file()) continue;
    File file;
    file.synced_before = ReadWholeFile(entry.path(), 64 << 20).value();
    file.lengths.emplace_back(0, file.synced_before.size());
    files_.push_back(std::move(file));
    names_[Below(entry.path())].meanings.emplace_back(0, files_.size() - 1);
  }
}

bool SimulatedDisk::IsOurs(const char* path) const {
  return path != nullptr && std::string_view(path).starts_with(dir_ + "/");
}

void SimulatedDisk::Mean(const std::string& path, std::optional<FileId> file) {
  names_[Below(path)].meanings.emplace_back(log_.size(), file);
}

std::optional<SimulatedDisk::FileId> SimulatedDisk::MeaningOf(const std::string& path) const {
  const auto name = names_.find(Below(path));
  return name == names_.end() ? std::nullopt : name->second.meanings.back().second;
}

Verdict SimulatedDisk::Before(const SystemCall& call) {
  // The real disk is not what is tested, and slow. Nothing else here is pretended.
  if (call.kind != CallKind::kSync) return Verdict::Pass();
  After(call, 0);
  return Verdict::Pretend();
}

void SimulatedDisk::After(const SystemCall& call, int64_t result) {
  const auto open_file = descriptors_.find(call.fd);
  File* const file = open_file == descriptors_.end() ? nullptr : &files_[open_file->second];
  switch (call.kind) {
    case CallKind::kOpen: {
      descriptors_.erase(static_cast<int>(result));  // the number may have been another file's
      if (!IsOurs(call.path)) return;
      std::optional<FileId> meant = MeaningOf(call.path);
      if (!meant && (call.flags & O_CREAT) == 0) return;
      if (!meant) {
        Log("create");
        files_.emplace_back();
        files_.back().lengths.emplace_back(log_.size(), 0);
        meant = files_.size() - 1;
        Mean(call.path, meant);
      }
      descriptors_[static_cast<int>(result)] = *meant;
      return;
    }
    case CallKind::kWrite: {
      if (file == nullptr) return;
      Log("write");
      const uint64_t end = call.offset + static_cast<uint64_t>(result);
      file->writes.push_back({log_.size(), call.offset,
                              std::string(call.data.substr(0, static_cast<size_t>(result)))});
      if (end > file->lengths.back().second) file->lengths.emplace_back(log_.size(), end);
      return;
    }
    case CallKind::kReserve:
    case CallKind::kTruncate:
      if (file == nullptr) return;
      Log("resize");
      if (call.kind == CallKind::kTruncate || call.length > file->lengths.back().second) {
        file->lengths.emplace_back(log_.size(), call.length);
      }
      return;
    case CallKind::kSync:
      if (file == nullptr) return;
      Log("sync");
      if (!lies_) file->syncs.push_back(log_.size());
      return;
    case CallKind::kRename:
      if (!IsOurs(call.path)) return;
      Log("rename");
      Mean(call.target, MeaningOf(call.path));
      Mean(call.path, std::nullopt);
      return;
    case CallKind::kUnlink:
      if (!IsOurs(call.path)) return;
      Log("unlink");
      Mean(call.path, std::nullopt);
      return;
    default:
      return;
  }
}

std::string SimulatedDisk::Contents(const File& file, size_t calls, Loss loss,
                                    std::mt19937& random) const {
  size_t synced = 0;
  for (const size_t sync : file.syncs) synced = sync <= calls ? sync : synced;

  uint64_t length = 0;
  for (const auto& [from, bytes] : file.lengths) {
    const bool certain = from <= synced || loss == Loss::kNothing;
    if (from <= calls && (certain || (loss != Loss::kAll && random() % 8 != 0))) length = bytes;
  }
  std::string contents = file.synced_before;
  contents.resize(std::max<uint64_t>(length, contents.size()));
  const auto put = [&contents](const Write& write, uint64_t begin, uint64_t end) {
    if (contents.size() < end) contents.resize(end);
    std::memcpy(contents.data() + begin, write.data.data() + (begin - write.offset), end - begin);
  };
  for (const Write& write : file.writes) {
    if (write.call > calls) break;
    const uint64_t end = write.offset + write.data.size();
    if (write.call <= synced || loss == Loss::kNothing) {
      put(write, write.offset, end);
      continue;
    }
    if (loss == Loss::kAll) continue;
    const uint64_t unit = loss == Loss::kSectors ? kSector : loss == Loss::kPages ? kPage : ~0ull;
    for (uint64_t begin = write.offset; begin < end;) {
      const uint64_t border = unit == ~0ull ? end : std::min(end, (begin / unit + 1) * unit);
      if (Coin(random)) put(write, begin, border);
      begin = border;
    }
  }
  contents.resize(length);
  return contents;
}

void SimulatedDisk::RebuildAfter(size_t calls, Loss loss, std::mt19937& random,
                                 const std::string& target) const {
  std::map<FileId, std::string> contents;  // a file of two names has one content
  for (const auto& [path, name] : names_) {
    std::vector<std::optional<FileId>> possible;
    if (name.meanings.front().first > 0) possible.push_back(std::nullopt);
    for (const auto& [from, meaning] : name.meanings) {
      if (from <= calls) possible.push_back(meaning);
    }
    if (possible.empty()) continue;
    const bool latest = loss == Loss::kNothing || Coin(random);
    const std::optional<FileId> chosen =
        latest ? possible.back() : possible[random() % possible.size()];
    if (!chosen) continue;
    auto known = contents.find(*chosen);
    if (known == contents.end()) {
      known = contents.emplace(*chosen, Contents(files_[*chosen], calls, loss, random)).first;
    }
    const fs::path place = fs::path(target) / path;
    fs::create_directories(place.parent_path());
    std::ofstream(place, std::ios::binary) << known->second;
  }
}

}  // namespace audiodl
