// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/downloads_underway.h"

#include <algorithm>
#include <utility>

namespace audiodl {

DownloadsUnderway::DownloadsUnderway(ProcessGauges::Slot* slot, Acknowledged acknowledged)
    : slot_(slot), acknowledged_(std::move(acknowledged)) {}

void DownloadsUnderway::Publish() {
  if (slot_ == nullptr) return;
  slot_->downloads.store(static_cast<uint32_t>(entries_.size()), std::memory_order_relaxed);
  slot_->bytes_left.store(left_, std::memory_order_relaxed);
}

void DownloadsUnderway::Sample() {
  const std::lock_guard lock(mutex_);
  left_ = 0;
  for (Entry& entry : entries_) {
    const std::optional<uint64_t> now = acknowledged_(entry.socket);
    if (now && entry.before) {
      const uint64_t sent = *now - std::min(*now, *entry.before);
      entry.left = entry.bytes - std::min(entry.bytes, sent);
    }
    left_ += entry.left;
  }
  Publish();
}

DownloadsUnderway::One::One(DownloadsUnderway& all, int socket, uint64_t bytes) : all_(all) {
  const std::optional<uint64_t> before = all.acknowledged_(socket);
  const std::lock_guard lock(all.mutex_);
  at_ = all.entries_.insert(all.entries_.end(), Entry{socket, bytes, before, bytes});
  all.left_ += bytes;
  all.Publish();
}

DownloadsUnderway::One::~One() {
  const std::lock_guard lock(all_.mutex_);
  all_.left_ -= at_->left;
  all_.entries_.erase(at_);
  all_.Publish();
}

}  // namespace audiodl
