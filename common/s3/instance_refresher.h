// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Keeps the credentials of the instance's role fresh: one thread that asks the metadata service
// well ahead of their expiry, and again and again while it fails. What is valid is only ever
// replaced by what is proven.
//
// When it asks, by default, for credentials that expire at 12:00:
//
//   11:40 to 11:45  the first time (a random moment, so that a fleet does not ask at once)
//   then            every minute until there are newer ones: AWS promises them for 11:55
//   no answer       after 1, 2, 4, … 60 seconds, with a warning each time: at least a quarter of an
//                   hour of warnings before anything fails

#ifndef AUDIODL_COMMON_S3_INSTANCE_REFRESHER_H_
#define AUDIODL_COMMON_S3_INSTANCE_REFRESHER_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/s3/credentials.h"
#include "common/s3/imds_client.h"

namespace audiodl {

struct RefreshTiming {
  std::chrono::milliseconds ahead = std::chrono::minutes(15);
  std::chrono::milliseconds jitter = std::chrono::minutes(5);  // at most so much earlier still
  std::chrono::milliseconds retry_min = std::chrono::seconds(1);
  std::chrono::milliseconds retry_max = std::chrono::seconds(60);
};

// How long to wait before asking anew, given the time that credentials have left: never less than
// retry_max. `random` is in [0, 1).
std::chrono::milliseconds UntilRefresh(const RefreshTiming& timing, std::chrono::milliseconds left,
                                       double random);

// How long to wait after that many failures in a row (1, 2, …): doubling, of which `random`, in
// [0, 1), takes at most a half away.
std::chrono::milliseconds UntilRetry(const RefreshTiming& timing, int failures, double random);

// Started by its constructor, which therefore must run after the last fork. All its threads'
// signals are blocked. Start and stop it from one thread.
class InstanceRefresher {
 public:
  // Called on the refresher's own thread with each outcome.
  using Publish = std::function<void(Result<Credentials>)>;

  InstanceRefresher(ImdsOptions imds, RefreshTiming timing, LogSink log, Publish publish);
  // Stops at once, also in the middle of a request.
  ~InstanceRefresher();
  InstanceRefresher(const InstanceRefresher&) = delete;
  InstanceRefresher& operator=(const InstanceRefresher&) = delete;

 private:
  using Clock = std::chrono::system_clock;

  void Run();
  std::chrono::milliseconds Refresh();
  std::chrono::milliseconds Succeeded(Credentials keys);
  void TakeOver(Credentials keys);
  std::chrono::milliseconds Failed(const Status& status);
  // False: stop.
  bool WaitFor(std::chrono::milliseconds time);

  ImdsClient imds_;
  const RefreshTiming timing_;
  const LogSink log_;
  const Publish publish_;

  // The thread's own.
  Clock::time_point expires_at_{};  // of what was published last; epoch: nothing was
  std::string access_key_id_;       // of the same
  int failures_ = 0;

  std::mutex mutex_;  // guards stopping_
  bool stopping_ = false;
  std::condition_variable stop_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_INSTANCE_REFRESHER_H_
