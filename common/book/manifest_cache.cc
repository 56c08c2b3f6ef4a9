// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/manifest_cache.h"

#include <sys/stat.h>

#include <utility>

#include "common/base/file_io.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::chrono::seconds kLookAgain{1};

std::string PathOf(std::string_view listing, std::string_view book) {
  return std::string(listing) + "/" + std::string(book) + "/" + Manifest::kFileName;
}

}  // namespace

Result<Manifest> ManifestCache::Read(std::string_view listing, std::string_view book) {
  const std::string path = PathOf(listing, book);
  const Result<std::string> text = ReadWholeFile(path, Manifest::kMaxBytes);
  if (!text.ok()) return text.status();
  Result<Manifest> manifest = Manifest::Parse(*text);
  if (manifest.ok()) return manifest;
  return Status::Invalid(Printable(path, 300) + ": " + manifest.status().text());
}

ManifestCache::Version ManifestCache::VersionOf(std::string_view book) const {
  struct stat info;
  if (stat(PathOf(listing_, book).c_str(), &info) != 0) return {};
  return {info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ino, info.st_size};
}

std::shared_ptr<const Manifest> ManifestCache::Load(std::string_view book) const {
  Result<Manifest> manifest = Read(listing_, book);
  if (manifest.ok()) return std::make_shared<const Manifest>(std::move(*manifest));
  if (manifest.status().code() != Code::kNotFound) {
    log_(LogLevel::kWarning, manifest.status().text() + ": the book is shown without it");
  }
  return nullptr;
}

const ManifestCache::Entry* ManifestCache::FindFresh(std::string_view book,
                                                     std::chrono::steady_clock::time_point now) {
  const auto found = places_.find(book);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return now - found->second->looked_at < kLookAgain ? &*found->second : nullptr;
}

void ManifestCache::Keep(Entry entry) {
  const auto found = places_.find(entry.book);
  if (found != places_.end()) {
    const Entries::iterator old = found->second;
    places_.erase(found);
    entries_.erase(old);
  }
  entries_.push_front(std::move(entry));
  places_.emplace(entries_.front().book, entries_.begin());
  if (entries_.size() <= kMaxBooks) return;
  places_.erase(entries_.back().book);
  entries_.pop_back();
}

std::shared_ptr<const Manifest> ManifestCache::Find(std::string_view book,
                                                    std::chrono::steady_clock::time_point now) {
  Entry entry{std::string(book), {}, now, nullptr};
  bool known = false;
  {
    const std::lock_guard lock(mutex_);
    if (const Entry* fresh = FindFresh(book, now)) return fresh->manifest;
    const auto found = places_.find(book);
    if (found != places_.end()) {
      known = true;
      entry.version = found->second->version;
      entry.manifest = found->second->manifest;
      // The others take what is there while this one looks.
      found->second->looked_at = now;
    }
  }
  const Version version = VersionOf(book);
  if (!known || !(version == entry.version)) {
    entry.version = version;
    entry.manifest = version == Version() ? nullptr : Load(book);
  }
  std::shared_ptr<const Manifest> manifest = entry.manifest;
  const std::lock_guard lock(mutex_);
  Keep(std::move(entry));
  return manifest;
}

}  // namespace audiodl
