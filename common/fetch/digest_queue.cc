// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/digest_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace audiodl {

// Without a descriptor (none left) jobs are noticed at the loop's next turn, a second later at
// most.
DigestQueue::DigestQueue()
    : finished_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { Run(); }) {}

DigestQueue::~DigestQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::shared_ptr<const DigestQueue::Job> DigestQueue::Add(std::shared_ptr<PrefixDigest> digest,
                                                         uint64_t blocks) {
  auto job = std::make_shared<Job>(std::move(digest), blocks);
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(job);
  }
  changed_.notify_one();
  return job;
}

void DigestQueue::Acknowledge() {
  uint64_t count = 0;
  (void)!read(finished_.get(), &count, sizeof count);
}

std::shared_ptr<DigestQueue::Job> DigestQueue::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
  if (stopping_) return nullptr;
  std::shared_ptr<Job> job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void DigestQueue::Run() {
  while (const std::shared_ptr<Job> job = Next()) {
    job->status_ = job->digest_->Take(job->blocks_);
    job->done_.store(true, std::memory_order_release);
    const uint64_t one = 1;
    (void)!write(finished_.get(), &one, sizeof one);
  }
}

}  // namespace audiodl
