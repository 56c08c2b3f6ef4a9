// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which stores keep files outside of their cache directory for now (StoreConfig::spill_dir), so
// that workers know to look there. Only the fetcher sets it, after it made sure that the folder is
// its own: /dev/shm can be written by everybody, and a folder that another user made there must
// never be read.
//
// Lies in memory shared by all processes; every method is safe from any thread of any of them.

#ifndef AUDIODL_COMMON_FETCH_SPILL_BOARD_H_
#define AUDIODL_COMMON_FETCH_SPILL_BOARD_H_

#include <array>
#include <atomic>
#include <cstdint>

namespace audiodl {

class SpillBoard {
 public:
  // `store` is StoreConfig::id. False: too many others are noted already.
  bool Note(uint64_t store);
  void Forget(uint64_t store);
  bool IsNoted(uint64_t store) const;

 private:
  std::array<std::atomic<uint64_t>, 16> stores_{};  // 0: free
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_SPILL_BOARD_H_
