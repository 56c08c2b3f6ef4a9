// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Who wants which bytes of one object, and which of them somebody is waiting for right now. When
// the last follower has gone nothing is wanted any more, and the fill stops after the reads under
// way. Pure; one thread at a time.

#ifndef AUDIODL_COMMON_FETCH_INTERESTS_H_
#define AUDIODL_COMMON_FETCH_INTERESTS_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/fetch/want.h"

namespace audiodl {

class Interests {
 public:
  // Half-open, in bytes.
  struct Span {
    uint64_t begin = 0;
    uint64_t end = 0;
    bool operator==(const Span&) const = default;
  };

  // REQUIRES: want.kind == kBytes.
  void Add(const Want& want);
  void Release(uint64_t follower);

  bool empty() const { return spans_.empty(); }

  // The bytes that were asked for first of those still wanted; for the time before the size is
  // known.
  std::optional<Span> First() const;

  // The object's size is known, or is another one now.
  void SetSize(uint64_t size);

  // The size is not known any more: the file is gone and another one will be made. Whose wants came
  // first is forgotten.
  void ForgetSize();

  // REQUIRES: SetSize() was called, block < BlockCount(size).
  bool Wants(uint64_t block) const { return wanted_[block]; }

  // Blocks that somebody asked for by name, oldest first; the fill takes off those it has.
  std::deque<uint64_t>& urgent() { return urgent_; }

 private:
  void Mark(const Span& span);

  std::unordered_map<uint64_t, std::vector<Span>> spans_;  // by follower
  std::vector<Span> arrival_;                              // until the size is known
  uint64_t size_ = 0;
  bool sized_ = false;
  std::vector<bool> wanted_;
  std::deque<uint64_t> urgent_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_INTERESTS_H_
