// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A walk over every file of a cache directory, in steps as small as the caller likes: for when the
// index cannot be trusted, and for the operator's command. One thread at a time.
//
//   CacheWalk walk(dir);
//   while (!walk.done()) walk.Step(16, [](const FoundFile& file) { ... });

#ifndef AUDIODL_COMMON_CACHE_CACHE_WALK_H_
#define AUDIODL_COMMON_CACHE_CACHE_WALK_H_

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/cache/file_facts.h"
#include "common/cache/object_id.h"

namespace audiodl {

struct FoundFile {
  std::string path;  // absolute
  FileFacts facts;   // kForeign also where a cache file of ours lies under another's name
  ObjectId id;       // by the file's name; of foreign files nothing
};

class CacheWalk {
 public:
  using Visitor = std::function<void(const FoundFile&)>;

  explicit CacheWalk(std::string dir) : dir_(std::move(dir)) {}

  // Looks at up to `at_most` names and reports the files among them. What vanishes meanwhile is not
  // reported, what comes meanwhile may be.
  void Step(unsigned at_most, const Visitor& visit);

  bool done() const { return done_; }
  // Ok, or why a part of the directory could not be seen.
  const Status& trouble() const { return trouble_; }

 private:
  void ListTop(const Visitor& visit);
  void OpenNextFolder();
  void Look(const std::filesystem::path& path, const Visitor& visit);
  void Note(const std::error_code& error, const std::string& what);

  const std::string dir_;
  bool listed_ = false;
  bool done_ = false;
  std::vector<std::string> folders_;  // still to be walked, the next one last
  std::filesystem::directory_iterator entry_;
  Status trouble_;
};

// The id whose file lies at that path, by the path's last two parts ("ab/ab01…"); none where no
// object's file is called so.
std::optional<ObjectId> IdOfPath(const std::filesystem::path& path);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_WALK_H_
