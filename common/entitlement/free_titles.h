// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Books that are free for a while, as the shop writes them into a file, one to a line:
//
//   # newsletter of the 24th
//   "Moby Dick"      2026-12-24T06:00:00Z  2026-12-27T00:00:00Z
//   fantasy/dune     2026-12-24T06:00:00Z  2026-12-27T00:00:00Z
//
// A book is free from the first moment on and not any more at the second; it may have several
// lines. Names with blanks stand in quotes. Immutable; any thread.

#ifndef AUDIODL_COMMON_ENTITLEMENT_FREE_TITLES_H_
#define AUDIODL_COMMON_ENTITLEMENT_FREE_TITLES_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

class FreeTitles {
 public:
  static constexpr size_t kMaxBytes = size_t{1} << 20;

  FreeTitles() = default;
  // kInvalid names the line and what is wrong with it: not three words, no book's name, no time in
  // UTC to the second, an end that is not after the beginning.
  static Result<FreeTitles> Parse(std::string_view text);

  bool IsFree(std::string_view book, std::chrono::system_clock::time_point now) const;
  size_t size() const { return windows_.size(); }

 private:
  struct Window {
    std::chrono::sys_seconds from;
    std::chrono::sys_seconds to;
  };
  // So that a book can be looked up without being copied.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Status Add(std::string_view line);

  std::unordered_multimap<std::string, Window, Hash, std::equal_to<>> windows_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_FREE_TITLES_H_
