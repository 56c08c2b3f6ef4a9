// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which customers of one shop must not hear which books any more, and which of their devices
// nothing at all, whatever sessions, statements, caches, grants and links say. One process per
// server reads that from the database; every worker looks into the set before it lets anybody
// through.
//
// It lies in memory that all processes share and that outlives restarts: an open-addressing table
// of 128-bit digests, twice, so that one can be written while the other is read. A reader that was
// stopped for so long that its table is written again sees that the epoch has changed and begins
// anew. The epoch changes with the set and only then, so who has found nobody revoked need not look
// again while it stays the same.
//
//   if (set.Contains(RevocationSet::ForAllBooks(customer))) refuse
//
// Any thread of any process. Only Replace() takes a lock.

#ifndef AUDIODL_COMMON_ENTITLEMENT_REVOCATION_SET_H_
#define AUDIODL_COMMON_ENTITLEMENT_REVOCATION_SET_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/shared_mutex.h"
#include "common/base/status.h"

namespace audiodl {

class RevocationSet {
 public:
  static constexpr size_t kMaxEntries = 65'536;

  struct Entry {
    uint64_t high;
    uint64_t low;
    bool operator==(const Entry&) const = default;
  };

  // An empty set, shared with every process that is forked from now on. 4 MB, of which only what
  // is used is ever touched. Unmap() gives up this process's view of it.
  static Result<RevocationSet*> Map();
  static void Unmap(RevocationSet* set);

  static Entry ForBook(std::string_view customer, std::string_view book);
  static Entry ForAllBooks(std::string_view customer);
  // The device of signed links; what the customer does without it is not concerned.
  static Entry ForDevice(std::string_view customer, std::string_view device);

  bool Contains(const Entry& entry) const;
  // Whether anything is in it at all: most of the time nothing is.
  bool empty() const { return count_.load(std::memory_order_acquire) == 0; }
  size_t size() const { return count_.load(std::memory_order_acquire); }
  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  // Whether Replace() has ever succeeded: before that nobody knows who is revoked.
  bool known() const { return known_.load(std::memory_order_acquire); }

  // Puts these in place of all others; duplicates count once. Where they are the same as before
  // nothing changes, the epoch neither. kNoSpace: more than kMaxEntries. Then nothing is known any
  // more, because what does not fit in would be let through. kBusy: another process is writing.
  Status Replace(std::vector<Entry> entries);

 private:
  static constexpr size_t kSlots = kMaxEntries * 2;
  // Memory as the kernel gives it is a table of free slots, so there is no constructor to touch it;
  // it is accessed through atomic_ref. A high of 0 is free.
  using Table = std::array<Entry, kSlots>;

  RevocationSet() = default;

  static void Clear(Table& table);
  static void Insert(Table& table, const Entry& entry);
  static bool Find(Table& table, const Entry& entry);

  SharedMutex writer_;
  std::atomic<bool> known_{false};
  std::atomic<uint64_t> epoch_{2};  // its lowest bit says which table is read
  std::atomic<size_t> count_{0};
  std::atomic<uint64_t> digest_{0};  // of what is in it
  mutable std::array<Table, 2> tables_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_REVOCATION_SET_H_
