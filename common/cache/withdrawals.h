// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which cached chunks are not for sale any more: their marker has gone from the listing. Looks at a
// few of the index in each step, round and round. One thread at a time.
//
// A listing that is not mounted, or being copied anew, looks as if every book had been withdrawn.
// So nothing is withdrawn by a listing that holds nothing at all, and a round that would take more
// than kMany chunks and more than half of those it looked at only says so.

#ifndef AUDIODL_COMMON_CACHE_WITHDRAWALS_H_
#define AUDIODL_COMMON_CACHE_WITHDRAWALS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/cache/cache_index.h"

namespace audiodl {

// Which keys a virtual host sells, and by which listing.
struct ListedStore {
  std::string identity;    // Origin::Identity()
  std::string key_prefix;  // Origin::KeyFor("")
  std::string listing;     // empty: unknown, nothing is ever withdrawn
};

class Withdrawals {
 public:
  static constexpr size_t kMany = 16;

  explicit Withdrawals(std::vector<ListedStore> stores) : stores_(std::move(stores)) {}

  // Looks at the next few. True: a round has ended, and withdrawn() and warning() are of it.
  bool Step(const CacheIndex& index, unsigned at_most);

  // What the last round found; empty where the guard held it back.
  const std::vector<ObjectId>& withdrawn() const { return withdrawn_; }
  // What an administrator should know of the last round; empty: nothing.
  const std::string& warning() const { return warning_; }

  // Without the guard against many, for an operator who knows.
  void AllowMany() { allow_many_ = true; }

  // Whether that one, by what stands in the listings now, is not for sale.
  bool IsWithdrawn(const CachedObject& object) const;

 private:
  void EndRound();

  const std::vector<ListedStore> stores_;
  bool allow_many_ = false;
  ObjectId next_{};
  size_t looked_ = 0;
  std::vector<ObjectId> found_;
  std::vector<ObjectId> withdrawn_;
  std::string warning_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_WITHDRAWALS_H_
