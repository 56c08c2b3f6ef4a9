// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/withdrawals.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "common/cache/chunk_name.h"
#include "common/cache/listing.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

// An empty mount point holds nothing.
bool HoldsAnything(const std::string& listing) {
  std::error_code error;
  for (fs::directory_iterator entry(listing, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with('.') && name != "lost+found") return true;
  }
  return false;
}

}  // namespace

bool Withdrawals::IsWithdrawn(const CachedObject& object) const {
  bool missed = false;
  for (const ListedStore& store : stores_) {
    if (store.identity != object.origin || !object.key.starts_with(store.key_prefix)) continue;
    if (store.listing.empty()) return false;
    const auto chunk =
        ChunkName::Parse(std::string_view(object.key).substr(store.key_prefix.size()));
    if (!chunk.ok()) return false;
    // What cannot be asked is not withdrawn.
    if (FindMarker(store.listing, *chunk).status().code() != Code::kNotFound) return false;
    if (!HoldsAnything(store.listing)) return false;
    missed = true;
  }
  return missed;
}

bool Withdrawals::Step(const CacheIndex& index, unsigned at_most) {
  auto object = index.objects().lower_bound(next_);
  for (; at_most > 0 && object != index.objects().end(); --at_most, ++object) {
    ++looked_;
    if (IsWithdrawn(object->second)) found_.push_back(object->first);
  }
  if (object != index.objects().end()) {
    next_ = object->first;
    return false;
  }
  EndRound();
  return true;
}

void Withdrawals::EndRound() {
  next_ = ObjectId{};
  withdrawn_ = std::exchange(found_, {});
  const size_t looked = std::exchange(looked_, 0);
  warning_.clear();
  if (allow_many_ || withdrawn_.size() <= kMany || withdrawn_.size() * 2 <= looked) return;
  warning_ = std::to_string(withdrawn_.size()) + " of " + std::to_string(looked) +
             " cached chunks are not listed any more; in case the listing is not all there, they "
             "are kept. If they are meant to go: audiodl sweep --withdrawn";
  withdrawn_.clear();
}

}  // namespace audiodl
