// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/call_threads.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/signals_blocked.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How soon a call that was broken, and does not return, is broken again.
constexpr milliseconds kBreakInterval{100};

}  // namespace

// Everything the threads share. Each holds it alive, so one that never comes back harms nobody.
class CallThreads::Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(const Limits& limits, NewSeat new_seat) : limits_(limits), new_seat_(std::move(new_seat)) {}

  Outcome Run(Call call, milliseconds at_most);
  bool Stop(milliseconds patience);

 private:
  struct Job {
    Call call;
    Abandoned abandoned{false};
    std::exception_ptr thrown;
    std::condition_variable changed;
    enum { kQueued, kRunning, kDone } state = kQueued;
  };

  struct Worker {
    std::unique_ptr<Seat> seat;
    Clock::time_point broken_at{};
    std::shared_ptr<Job> job;
    std::condition_variable wake;
  };

  // The mutex is held in all of these; those that are given it let go of it meanwhile.
  bool IsQuiet() const;
  bool MayWait(Clock::time_point now) const;
  void HandOut(const std::shared_ptr<Job>& job);
  void Start();
  void BreakAbandoned();
  void Await(std::unique_lock<std::mutex>& lock, Job& job, Clock::time_point deadline);
  Outcome Leave(Job& job);
  bool AwaitJob(std::unique_lock<std::mutex>& lock, Worker& self);
  void Make(std::unique_lock<std::mutex>& lock, Worker& self);

  void TakeSeat(std::unique_lock<std::mutex>& lock, Worker& self);
  void LeaveSeat(std::unique_lock<std::mutex>& lock, Worker& self);

  void Live(Worker& self);

  const Limits limits_;
  const NewSeat new_seat_;

  std::mutex mutex_;  // guards all below, and the jobs' and workers' members
  std::condition_variable ended_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  // the last is the freshest
  std::deque<std::shared_ptr<Job>> queue_;
  Clock::time_point last_progress_;  // when a call ended, or the first began after a pause
  bool stopping_ = false;
};

bool CallThreads::Pool::IsQuiet() const {
  const auto has_job = [](const auto& worker) { return worker->job != nullptr; };
  return queue_.empty() && std::none_of(workers_.begin(), workers_.end(), has_job);
}

bool CallThreads::Pool::MayWait(Clock::time_point now) const {
  const bool is_free = !idle_.empty() || workers_.size() < limits_.threads;
  return is_free || queue_.size() < limits_.waiting || now - last_progress_ < limits_.standstill;
}

void CallThreads::Pool::Start() {
  auto worker = std::make_shared<Worker>();
  workers_.push_back(worker);
  const SignalsBlocked blocked;
  try {
    std::thread([pool = shared_from_this(), worker] { pool->Live(*worker); }).detach();
  } catch (const std::system_error&) {
    // The machine gives no thread. Whoever waits is told in time that none was free.
    std::erase(workers_, worker);
  }
}

// To whoever is idle, else to a new thread, else to whoever is free next.
void CallThreads::Pool::HandOut(const std::shared_ptr<Job>& job) {
  if (!idle_.empty()) {
    Worker* worker = idle_.back();
    idle_.pop_back();
    worker->job = job;
    job->state = Job::kRunning;
    worker->wake.notify_one();
    return;
  }
  queue_.push_back(job);
  if (workers_.size() < limits_.threads) Start();
}

void CallThreads::Pool::BreakAbandoned() {
  const Clock::time_point now = Clock::now();
  for (const auto& worker : workers_) {
    const bool is_due = worker->job && worker->job->abandoned && worker->seat &&
                        now - worker->broken_at >= kBreakInterval;
    if (!is_due) continue;
    worker->broken_at = now;
    worker->seat->Break();
  }
}

// The time is over. A call that was made but has not returned is the thread's alone from now on.
CallThreads::Outcome CallThreads::Pool::Leave(Job& job) {
  const auto is_it = [&job](const std::shared_ptr<Job>& other) { return other.get() == &job; };
  if (job.state == Job::kQueued) {
    std::erase_if(queue_, is_it);
    return Outcome::kNoneFree;
  }
  job.abandoned = true;
  BreakAbandoned();
  return Outcome::kOverran;
}

// A call that blocks again after it was broken has nobody who waits for it any more: whoever waits
// for its thread breaks it.
void CallThreads::Pool::Await(std::unique_lock<std::mutex>& lock, Job& job,
                              Clock::time_point deadline) {
  const auto is_over = [&] { return job.state == Job::kDone || stopping_; };
  while (!is_over() && Clock::now() < deadline) {
    const auto until = std::min(deadline, Clock::now() + kBreakInterval);
    if (!job.changed.wait_until(lock, until, is_over)) BreakAbandoned();
  }
}

CallThreads::Outcome CallThreads::Pool::Run(Call call, milliseconds at_most) {
  const Clock::time_point now = Clock::now();
  const auto job = std::make_shared<Job>();
  job->call = std::move(call);
  std::unique_lock lock(mutex_);
  if (stopping_) return Outcome::kStopped;
  BreakAbandoned();
  if (IsQuiet()) last_progress_ = now;
  if (!MayWait(now)) return Outcome::kNoneFree;
  HandOut(job);
  Await(lock, *job, now + at_most);
  if (job->state == Job::kDone) {
    if (job->thrown) std::rethrow_exception(job->thrown);
    return Outcome::kDone;
  }
  const Outcome outcome = Leave(*job);
  return stopping_ ? Outcome::kStopped : outcome;
}

// False: there is nothing to do, and the thread ends.
bool CallThreads::Pool::AwaitJob(std::unique_lock<std::mutex>& lock, Worker& self) {
  if (queue_.empty() && !stopping_) {
    idle_.push_back(&self);
    self.wake.wait_for(lock, limits_.idle_time, [&] { return self.job || stopping_; });
    std::erase(idle_, &self);
  }
  if (self.job) return true;
  if (queue_.empty() || stopping_) return false;
  self.job = queue_.front();
  queue_.pop_front();
  self.job->state = Job::kRunning;
  return true;
}

void CallThreads::Pool::TakeSeat(std::unique_lock<std::mutex>& lock, Worker& self) {
  lock.unlock();
  std::unique_ptr<Seat> seat = new_seat_();
  lock.lock();
  self.seat = std::move(seat);
}

void CallThreads::Pool::Make(std::unique_lock<std::mutex>& lock, Worker& self) {
  Job& job = *self.job;
  try {
    if (!self.seat) TakeSeat(lock, self);
    lock.unlock();
    job.call(*self.seat, job.abandoned);
  } catch (...) {
    job.thrown = std::current_exception();
  }
  // What it captured belongs to this thread or to nobody; destroyed before it counts as done.
  job.call = nullptr;
  if (!lock.owns_lock()) lock.lock();
  job.state = Job::kDone;
  job.changed.notify_one();
  self.job.reset();
  last_progress_ = Clock::now();
}

// Closing a connection may block too, so it is done without the lock; Stop() may break it.
void CallThreads::Pool::LeaveSeat(std::unique_lock<std::mutex>& lock, Worker& self) {
  if (!self.seat) return;
  lock.unlock();
  self.seat->Close();
  lock.lock();
  self.seat.reset();
}

void CallThreads::Pool::Live(Worker& self) {
  std::unique_lock lock(mutex_);
  do {
    while (AwaitJob(lock, self)) Make(lock, self);
    LeaveSeat(lock, self);
    // Closing takes its time, and this thread counted as one all the while.
  } while (!queue_.empty() && !stopping_);
  std::erase_if(workers_, [&self](const auto& worker) { return worker.get() == &self; });
  ended_.notify_all();
}

bool CallThreads::Pool::Stop(milliseconds patience) {
  const auto all_ended = [this] { return workers_.empty(); };
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (const auto& job : queue_) job->changed.notify_one();
  for (const auto& worker : workers_) {
    worker->wake.notify_one();
    if (worker->job) worker->job->changed.notify_one();
  }
  if (ended_.wait_for(lock, patience, all_ended)) return true;
  const Clock::time_point until = Clock::now() + patience;
  while (!all_ended() && Clock::now() < until) {
    // Whoever is closing its connection may be blocked too, and has no job.
    for (const auto& worker : workers_) {
      if (worker->seat) worker->seat->Break();
    }
    ended_.wait_for(lock, kBreakInterval, all_ended);
  }
  return all_ended();
}

CallThreads::CallThreads(const Limits& limits, NewSeat new_seat)
    : pool_(std::make_shared<Pool>(limits, std::move(new_seat))) {}

CallThreads::~CallThreads() { pool_->Stop(milliseconds(0)); }

CallThreads::Outcome CallThreads::Run(Call call, milliseconds at_most) {
  return pool_->Run(std::move(call), at_most);
}

bool CallThreads::Stop(milliseconds patience) { return pool_->Stop(patience); }

}  // namespace audiodl
