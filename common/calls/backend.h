// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A server that answers questions (the shop's database, its session store), as the processes of one
// web server see it: a bounded number of calls at a time, each for a bounded time, none at all
// while it is known not to answer. It counts what came of each question and logs each change of
// state once.
//
//   Backend database("the database", limits, new_connection, log);
//   database.Attach(shared.counters, 0);        // in the child
//   Status status = database.Ask(question, 2s);
//
// Thread-safe from Attach() on.

#ifndef AUDIODL_COMMON_CALLS_BACKEND_H_
#define AUDIODL_COMMON_CALLS_BACKEND_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/calls/breaker.h"
#include "common/calls/call_threads.h"
#include "common/fetch/counters.h"

namespace audiodl {

class Backend {
 public:
  // Runs on another thread and may outlive Ask(): it must share what it writes to. kUnreachable
  // says that no answer came; every other status is an answer.
  using Question =
      std::function<Status(CallThreads::Seat& seat, const CallThreads::Abandoned& abandoned)>;

  // `name` stands in sentences: "the database".
  Backend(std::string name, const CallThreads::Limits& limits, CallThreads::NewSeat new_seat,
          LogSink log);

  // Where to count, and which breaker to obey. REQUIRES: `counters` outlives this.
  void Attach(Counters& counters, size_t breaker);

  // REQUIRES: Attach()
  Counters& counters() const { return *counters_; }

  // What the question returned. kUnreachable: it did not return within `at_most`, or was not asked
  // because the breaker is open. kBusy: all connections were taken all the time. Of both the log
  // tells already, once for many.
  Status Ask(Question question, std::chrono::milliseconds at_most);

  // A question that costs the backend next to nothing, for Probe(). Before the first fork.
  void SetProbe(Question probe) { probe_ = std::move(probe); }
  // Asks it, so that state() is known though no customer asks; as Ask(). Ok without SetProbe().
  Status Probe(std::chrono::milliseconds at_most);

  // What all processes know of it. REQUIRES: Attach()
  Breaker::State state() const { return breaker_->state(); }
  // Which breaker it has. REQUIRES: as above.
  size_t number() const { return static_cast<size_t>(breaker_ - counters_->breakers.data()); }
  const std::string& name() const { return name_; }

  // Ends all threads: see CallThreads::Stop().
  bool Stop(std::chrono::milliseconds patience) { return threads_.Stop(patience); }

 private:
  Status Judge(Status answer);
  Status Fail(Count& count, Status failure);
  Status TellNoneFree(std::chrono::milliseconds at_most);

  const std::string name_;
  const LogSink log_;
  Counters* counters_ = nullptr;
  Breaker* breaker_ = nullptr;
  Question probe_;
  std::atomic<int64_t> told_at_{0};  // that none was free: a minute of the steady clock
  CallThreads threads_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CALLS_BACKEND_H_
