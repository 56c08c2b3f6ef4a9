// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/backend.h"

#include <memory>
#include <utility>

namespace audiodl {
namespace {

using Clock = std::chrono::steady_clock;

std::string Milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

}  // namespace

Backend::Backend(std::string name, const CallThreads::Limits& limits, CallThreads::NewSeat new_seat,
                 LogSink log)
    : name_(std::move(name)), log_(std::move(log)), threads_(limits, std::move(new_seat)) {}

void Backend::Attach(Counters& counters, size_t breaker) {
  counters_ = &counters;
  breaker_ = &counters.breakers[breaker % counters.breakers.size()];
}

Status Backend::Ask(Question question, std::chrono::milliseconds at_most) {
  if (!breaker_->Admit(Clock::now())) {
    counters_->backends.held_off.Add();
    return Status(Code::kUnreachable,
                  name_ + " has not answered lately; it is tried again once a second");
  }
  const auto answer = std::make_shared<Status>();
  const auto outcome =
      threads_.Run([question = std::move(question), answer](
                       auto& seat, const auto& abandoned) { *answer = question(seat, abandoned); },
                   at_most);
  switch (outcome) {
    case CallThreads::Outcome::kDone:
      return Judge(std::move(*answer));
    case CallThreads::Outcome::kOverran:
      return Fail(
          counters_->backends.timed_out,
          Status(Code::kUnreachable, name_ + " did not answer within " + Milliseconds(at_most)));
    case CallThreads::Outcome::kNoneFree:
      return TellNoneFree(at_most);
    case CallThreads::Outcome::kStopped:
      break;
  }
  return Status(Code::kBusy, "this process is ending");
}

Status Backend::Probe(std::chrono::milliseconds at_most) {
  return probe_ ? Ask(probe_, at_most) : Status::Ok();
}

// Once a minute and process: under such a load it happens to many.
Status Backend::TellNoneFree(std::chrono::milliseconds at_most) {
  counters_->backends.none_free.Add();
  Status status(Code::kBusy,
                "no connection to " + name_ + " was free within " + Milliseconds(at_most));
  const int64_t minute =
      std::chrono::floor<std::chrono::minutes>(Clock::now().time_since_epoch()).count() + 1;
  if (told_at_.exchange(minute) != minute) {
    log_(LogLevel::kError, status.text() + ": it is slow, or AudioDBConnections is small");
  }
  return status;
}

Status Backend::Judge(Status answer) {
  if (answer.code() == Code::kUnreachable)
    return Fail(counters_->backends.unreachable, std::move(answer));
  counters_->backends.answered.Add();
  if (breaker_->Succeeded() == Breaker::Change::kClosed) {
    log_(LogLevel::kNotice, name_ + " answers again");
  }
  return answer;
}

// While the breaker is open its probes fail once a second, which is no news.
Status Backend::Fail(Count& count, Status failure) {
  count.Add();
  const bool is_news = !breaker_->is_open();
  if (breaker_->Failed(Clock::now()) == Breaker::Change::kOpened) {
    counters_->backends.outages.Add();
    log_(LogLevel::kError, failure.text() +
                               "; until it does, requests that need it are answered "
                               "503 at once, and one a second tries");
  } else {
    log_(is_news ? LogLevel::kError : LogLevel::kDebug, failure.text());
  }
  return failure;
}

}  // namespace audiodl
