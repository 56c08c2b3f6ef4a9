// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/revocation_set.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <span>
#include <string>

#include "common/base/digest.h"

namespace audiodl {
namespace {

using Entry = RevocationSet::Entry;

Entry EntryOf(std::string_view kind, std::string_view customer, std::string_view book) {
  std::string text(kind);
  for (const std::string_view part : {customer, book}) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  const Sha256Bytes digest = Sha256Of(text);
  Entry entry;
  std::memcpy(&entry.high, digest.data(), sizeof entry.high);
  std::memcpy(&entry.low, digest.data() + sizeof entry.high, sizeof entry.low);
  entry.high |= 1;  // 0 is a free slot
  return entry;
}

bool Before(const Entry& a, const Entry& b) {
  return a.high != b.high ? a.high < b.high : a.low < b.low;
}

uint64_t DigestOf(std::span<const Entry> entries) {
  const Sha256Bytes digest =
      Sha256Of({reinterpret_cast<const char*>(entries.data()), entries.size() * sizeof(Entry)});
  uint64_t bits = 0;
  std::memcpy(&bits, digest.data(), sizeof bits);
  return bits;
}

uint64_t Load(uint64_t& word) { return std::atomic_ref(word).load(std::memory_order_relaxed); }

void Store(uint64_t& word, uint64_t value) {
  std::atomic_ref(word).store(value, std::memory_order_relaxed);
}

}  // namespace

Result<RevocationSet*> RevocationSet::Map() {
  void* memory = mmap(nullptr, sizeof(RevocationSet), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Status::FromErrno(errno, "mmap of the revocations");
  RevocationSet* set = new (memory) RevocationSet;
  const Status status = set->writer_.Init();
  if (status.ok()) return set;
  Unmap(set);
  return status;
}

void RevocationSet::Unmap(RevocationSet* set) { munmap(set, sizeof *set); }

Entry RevocationSet::ForBook(std::string_view customer, std::string_view book) {
  return EntryOf("book", customer, book);
}

Entry RevocationSet::ForAllBooks(std::string_view customer) { return EntryOf("all", customer, ""); }

Entry RevocationSet::ForDevice(std::string_view customer, std::string_view device) {
  return EntryOf("device", customer, device);
}

bool RevocationSet::Contains(const Entry& entry) const {
  for (;;) {
    const uint64_t epoch = epoch_.load(std::memory_order_acquire);
    const bool found = Find(tables_[epoch & 1], entry);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (epoch_.load(std::memory_order_relaxed) == epoch) return found;
  }
}

Status RevocationSet::Replace(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), Before);
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  // Two generations of httpd may overlap for a moment.
  const SharedMutex::Hold hold(writer_, std::chrono::seconds(5));
  if (!hold.held()) return Status(Code::kBusy, "another process is writing the revocations");
  if (entries.size() > kMaxEntries) {
    known_ = false;
    ++epoch_, ++epoch_;  // the same table, but nobody may go by what was found before
    return Status(Code::kNoSpace, "more than " + std::to_string(kMaxEntries) +
                                      " revocations are in force: lift those that the "
                                      "entitlement statement refuses anyway");
  }
  const uint64_t digest = DigestOf(entries);
  if (known_ && entries.size() == count_ && digest == digest_) return Status::Ok();

  const uint64_t epoch = epoch_;
  Table& next = tables_[(epoch + 1) & 1];
  Clear(next);
  for (const Entry& entry : entries) Insert(next, entry);
  count_ = entries.size();
  epoch_.store(epoch + 1, std::memory_order_release);
  digest_ = digest;  // last: who is killed before that leaves a set that is written again
  known_ = true;
  return Status::Ok();
}

void RevocationSet::Clear(Table& table) {
  for (Entry& slot : table) {
    // Pages that nobody has touched stay untouched.
    if (Load(slot.high) != 0) Store(slot.high, 0);
  }
}

// The table is at most half full, so there is always a free slot.
void RevocationSet::Insert(Table& table, const Entry& entry) {
  size_t at = entry.low % kSlots;
  while (Load(table[at].high) != 0) at = (at + 1) % kSlots;
  Store(table[at].low, entry.low);
  Store(table[at].high, entry.high);
}

bool RevocationSet::Find(Table& table, const Entry& entry) {
  size_t at = entry.low % kSlots;
  // Bounded, because a table that is being written again may look full.
  for (size_t probes = 0; probes < kSlots; ++probes, at = (at + 1) % kSlots) {
    const uint64_t high = Load(table[at].high);
    if (high == 0) return false;
    if (high == entry.high && Load(table[at].low) == entry.low) return true;
  }
  return false;
}

}  // namespace audiodl
