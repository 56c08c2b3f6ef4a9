// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Hashes on a thread of its own: MD5 takes 45 ms for 30 MB, and the fetcher's loop must not stand
// still for it while its connections fill up.
//
//   const auto job = queue.Add(digest, 8);     // until it is done the digest is the thread's
//   poll(queue.fd()); queue.Acknowledge();     // some jobs are done
//   if (job->done()) Use(job->status());
//
// Add() and what follows: one thread, the fetcher's. A job that nobody waits for any more ends by
// itself.

#ifndef AUDIODL_COMMON_FETCH_DIGEST_QUEUE_H_
#define AUDIODL_COMMON_FETCH_DIGEST_QUEUE_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/fetch/prefix_digest.h"

namespace audiodl {

class DigestQueue {
 public:
  // That many blocks taken in by a digest.
  class Job {
   public:
    Job(std::shared_ptr<PrefixDigest> digest, uint64_t blocks)
        : digest_(std::move(digest)), blocks_(blocks) {}
    bool done() const { return done_.load(std::memory_order_acquire); }
    // REQUIRES: done()
    const Status& status() const { return status_; }

   private:
    friend class DigestQueue;

    const std::shared_ptr<PrefixDigest> digest_;
    const uint64_t blocks_;
    Status status_;
    std::atomic<bool> done_{false};
  };

  // Starts the thread.
  DigestQueue();
  // Ends it; what is queued is not done.
  ~DigestQueue();
  DigestQueue(const DigestQueue&) = delete;
  DigestQueue& operator=(const DigestQueue&) = delete;

  // REQUIRES: PrefixDigest::Ready() said that there are so many.
  std::shared_ptr<const Job> Add(std::shared_ptr<PrefixDigest> digest, uint64_t blocks);

  // Readable when a job has been done since the last Acknowledge(). Stays ours.
  int fd() const { return finished_.get(); }
  void Acknowledge();

 private:
  void Run();
  std::shared_ptr<Job> Next();

  UniqueFd finished_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  // under mutex_
  bool stopping_ = false;                  // under mutex_
  std::thread thread_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_DIGEST_QUEUE_H_
