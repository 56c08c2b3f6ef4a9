// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which objects a subcommand of `audiodl cache` is about. A value; one thread at a time.
//
//   prod/dune/01.mp3   (or dune/01.mp3, as in the URL)   one chunk
//   --book dune        everything below dune/
//   --prefix prod/du   every key that begins so
//   --all

#ifndef AUDIODL_AUDIODL_CACHE_SELECTION_H_
#define AUDIODL_AUDIODL_CACHE_SELECTION_H_

#include <string>
#include <string_view>
#include <vector>

#include "audiodl/options.h"
#include "common/base/status.h"
#include "common/cache/cache_index.h"
#include "common/cache/store_note.h"

namespace audiodl {

class CacheSelection {
 public:
  // The options that Of() understands, to be added to a subcommand's own.
  static Options::Names Names(Options::Names own);

  // kInvalid: nothing was selected, or in two ways.
  static Result<CacheSelection> Of(const Options& options, const std::vector<NotedStore>& stores);
  // The same, but where nothing was selected, all is.
  static Result<CacheSelection> OfOrAll(const Options& options,
                                        const std::vector<NotedStore>& stores);

  bool all() const { return all_; }
  bool Matches(std::string_view origin, std::string_view key) const;

  // The chunks that are meant though they may not be cached: those that were named, and what the
  // listings have of a book.
  std::vector<CachedObject> Listed() const;

 private:
  explicit CacheSelection(const std::vector<NotedStore>& stores) : stores_(stores) {}

  std::vector<CachedObject> ListedBelow(const NotedStore& store, const std::string& book) const;

  std::vector<NotedStore> stores_;
  bool all_ = false;
  std::string book_, prefix_;
  std::vector<std::string> keys_;
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_SELECTION_H_
