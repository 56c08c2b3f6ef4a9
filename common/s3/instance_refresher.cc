// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/instance_refresher.h"

#include <signal.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "common/base/dates.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

// Amazon EC2 User Guide: new credentials are there "at least five minutes before the expiration of
// the old".
constexpr auto kPromisedAhead = std::chrono::minutes(5);

// In [0, 1).
double Random() {
  std::random_device device;
  return std::uniform_real_distribution<double>(0, 1)(device);
}

milliseconds Share(milliseconds whole, double random) {
  return milliseconds(static_cast<int64_t>(static_cast<double>(whole.count()) * random));
}

// A thread inherits the mask of its maker, and signals are the maker's to handle.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

milliseconds UntilRefresh(const RefreshTiming& timing, milliseconds left, double random) {
  return std::max(timing.retry_max, left - timing.ahead - Share(timing.jitter, random));
}

milliseconds UntilRetry(const RefreshTiming& timing, int failures, double random) {
  milliseconds wait = timing.retry_min;
  for (int i = 1; i < failures && wait < timing.retry_max; ++i) wait *= 2;
  wait = std::min(wait, timing.retry_max);
  return wait - Share(wait / 2, random);
}

InstanceRefresher::InstanceRefresher(ImdsOptions imds, RefreshTiming timing, LogSink log,
                                     Publish publish)
    : imds_(std::move(imds)), timing_(timing), log_(std::move(log)), publish_(std::move(publish)) {
  const AllSignalsBlocked blocked;
  thread_ = std::thread([this] { Run(); });
}

InstanceRefresher::~InstanceRefresher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  imds_.Interrupt();
  thread_.join();
}

void InstanceRefresher::Run() {
  while (WaitFor(Refresh())) {
  }
}

milliseconds InstanceRefresher::Refresh() {
  Result<Credentials> keys = imds_.Fetch(Clock::now());
  // The destructor's doing, and nobody's failure: WaitFor() will tell.
  if (keys.status().code() == Code::kBusy) return milliseconds(0);
  return keys.ok() ? Succeeded(std::move(keys).value()) : Failed(keys.status());
}

milliseconds InstanceRefresher::Succeeded(Credentials keys) {
  const auto left = std::chrono::duration_cast<milliseconds>(keys.expires_at - Clock::now());
  const bool newer = keys.expires_at > expires_at_ || keys.access_key_id != access_key_id_;
  if (newer) {
    TakeOver(std::move(keys));
  } else if (left < kPromisedAhead) {
    log_(LogLevel::kWarning,
         "the instance metadata service has no newer credentials yet, those in use "
         "expire at " +
             FormatIsoDate(expires_at_));
  }
  failures_ = 0;
  return UntilRefresh(timing_, left, Random());
}

void InstanceRefresher::TakeOver(Credentials keys) {
  const bool worth_a_notice = access_key_id_.empty() || failures_ > 0;
  expires_at_ = keys.expires_at;
  access_key_id_ = keys.access_key_id;
  publish_(std::move(keys));
  log_(worth_a_notice ? LogLevel::kNotice : LogLevel::kInfo,
       "the instance's credentials are valid until " + FormatIsoDate(expires_at_));
}

milliseconds InstanceRefresher::Failed(const Status& status) {
  ++failures_;
  publish_(status);
  const bool valid = expires_at_ > Clock::now();
  std::string text = "the instance's credentials cannot be renewed (" + status.text() + ")";
  if (access_key_id_.empty()) {
    text += ", and there are none yet: nothing can be fetched from S3";
  } else if (valid) {
    text += ": those in use stay valid until " + FormatIsoDate(expires_at_);
  } else {
    text += ": those in use have expired at " + FormatIsoDate(expires_at_);
  }
  log_(valid ? LogLevel::kWarning : LogLevel::kError, text);
  return UntilRetry(timing_, failures_, Random());
}

bool InstanceRefresher::WaitFor(milliseconds time) {
  std::unique_lock lock(mutex_);
  // By the wall clock, as expiry is: a machine that slept must ask when it wakes, not hours later.
  stop_.wait_until(lock, Clock::now() + time, [this] { return stopping_; });
  return !stopping_;
}

}  // namespace audiodl
