// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Makes complete cache files durable, one after the other, on a thread of its own: fdatasync() of
// 30 MB may take a second on a busy disk, and the fetcher's loop must not stand still for it. A
// file that cannot be synced is retired. Thread-safe.

#ifndef AUDIODL_COMMON_FETCH_SYNC_QUEUE_H_
#define AUDIODL_COMMON_FETCH_SYNC_QUEUE_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "common/base/log.h"
#include "common/cache/cache_writer.h"

namespace audiodl {

class SyncQueue {
 public:
  // Starts the thread. `log` is called on it.
  explicit SyncQueue(LogSink log);
  // Syncs what is queued, then ends the thread.
  ~SyncQueue();
  SyncQueue(const SyncQueue&) = delete;
  SyncQueue& operator=(const SyncQueue&) = delete;

  void Add(std::unique_ptr<CacheWriter> file);

 private:
  void Run();
  std::unique_ptr<CacheWriter> Next();

  const LogSink log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<CacheWriter>> files_;  // under mutex_
  bool stopping_ = false;                           // under mutex_
  std::thread thread_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_SYNC_QUEUE_H_
