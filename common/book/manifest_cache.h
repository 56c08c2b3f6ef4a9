// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The manifests of a listing as one process knows them, so that a request that wants a title pays
// a look into a table. Each is looked at on disk once a second while it is asked for; the 256 asked
// for last are kept. One that is malformed is as none: the log tells once, for each version of it.
//
//   ManifestCache manifests("/var/www/listing", log);
//   const std::shared_ptr<const Manifest> manifest = manifests.Find("fantasy/dune", now);
//
// Any thread.

#ifndef AUDIODL_COMMON_BOOK_MANIFEST_CACHE_H_
#define AUDIODL_COMMON_BOOK_MANIFEST_CACHE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/book/manifest.h"

namespace audiodl {

class ManifestCache {
 public:
  static constexpr size_t kMaxBooks = 256;

  ManifestCache(std::string listing, LogSink log)
      : listing_(std::move(listing)), log_(std::move(log)) {}

  // Null: the book has none, or none that can be read.
  std::shared_ptr<const Manifest> Find(std::string_view book,
                                       std::chrono::steady_clock::time_point now);

  // From the disk. kNotFound: there is none. The text names the file.
  static Result<Manifest> Read(std::string_view listing, std::string_view book);

 private:
  // What tells one content of a file from another; all zero where there is none.
  struct Version {
    int64_t seconds = 0;
    int64_t nanoseconds = 0;
    uint64_t inode = 0;
    int64_t bytes = 0;
    bool operator==(const Version&) const = default;
  };
  struct Entry {
    std::string book;
    Version version;
    std::chrono::steady_clock::time_point looked_at;
    std::shared_ptr<const Manifest> manifest;
  };
  using Entries = std::list<Entry>;

  Version VersionOf(std::string_view book) const;
  std::shared_ptr<const Manifest> Load(std::string_view book) const;
  // Null: it is not known, or must be looked at again.
  const Entry* FindFresh(std::string_view book, std::chrono::steady_clock::time_point now);
  void Keep(Entry entry);

  const std::string listing_;
  const LogSink log_;
  std::mutex mutex_;  // guards what follows; never held while the disk is read
  Entries entries_;   // asked for last first
  std::unordered_map<std::string_view, Entries::iterator> places_;  // keys lie in entries_
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_MANIFEST_CACHE_H_
