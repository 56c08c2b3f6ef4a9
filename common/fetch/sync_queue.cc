// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/sync_queue.h"

#include <string>

namespace audiodl {

SyncQueue::SyncQueue(LogSink log) : log_(std::move(log)), thread_([this] { Run(); }) {}

SyncQueue::~SyncQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SyncQueue::Add(std::unique_ptr<CacheWriter> file) {
  {
    const std::lock_guard lock(mutex_);
    files_.push_back(std::move(file));
  }
  changed_.notify_one();
}

std::unique_ptr<CacheWriter> SyncQueue::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !files_.empty(); });
  if (files_.empty()) return nullptr;
  std::unique_ptr<CacheWriter> file = std::move(files_.front());
  files_.pop_front();
  return file;
}

void SyncQueue::Run() {
  while (const std::unique_ptr<CacheWriter> file = Next()) {
    const Status status = file->Sync();
    if (status.ok()) continue;
    // What did not reach the disk may be marked clean all the same, and then be read back as it was
    // before (fsync(2), EIO): nobody may believe it any more.
    log_(LogLevel::kError, status.text() + ": the object is fetched again when it is wanted");
    const Status retired = file->Retire();
    if (!retired.ok()) log_(LogLevel::kError, retired.text());
  }
}

}  // namespace audiodl
