// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A few threads that make calls which may never return, on behalf of others who will not wait for
// ever: a database driver has no read time-out, a resolver no deadline. Whoever asks waits at most
// as long as it says; the call goes on without it, and its seat is told to break it, so that the
// thread is soon free again. The number of threads bounds how many calls are made at a time, and so
// how many connections there are.
//
//   CallThreads threads({.threads = 4}, [] { return std::make_unique<Connection>(); });
//   auto answer = std::make_shared<Answer>();   // shared: the call may outlive the caller
//   switch (threads.Run([answer](CallThreads::Seat& seat, const CallThreads::Abandoned& abandoned)
//   {
//             *answer = static_cast<Connection&>(seat).Ask(abandoned);
//           }, 2s)) { ... }
//
// Threads are started when they are needed and end when nobody has needed them for a while. Each
// has a seat of its own (a connection), made, used and closed on the thread itself; the thread that
// was busy last is asked first, so its connection is the freshest.
//
// May be made before a fork(), as long as Run() is called after it only. Thread-safe.

#ifndef AUDIODL_COMMON_CALLS_CALL_THREADS_H_
#define AUDIODL_COMMON_CALLS_CALL_THREADS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace audiodl {

class CallThreads {
 public:
  class Seat {
   public:
    virtual ~Seat() = default;
    // On its thread, as the last thing: gives up what may take its time.
    virtual void Close() {}
    // Makes the call that its thread is blocked in return, if it can. Called by other threads, any
    // number of times, while the thread is in a call that nobody waits for any more, or in Close().
    virtual void Break() {}
  };

  struct Limits {
    size_t threads = 4;
    // As many callers wait whatever happens; further ones only while calls do come to an end: not
    // when none has for `standstill`.
    size_t waiting = 64;
    std::chrono::milliseconds standstill{1000};
    std::chrono::milliseconds idle_time{300'000};  // after which a thread ends, and its seat
  };

  enum class Outcome : unsigned char {
    kDone,      // the call has returned
    kOverran,   // it has not: what it captured must not be read
    kNoneFree,  // no thread was free in time; it was not made
    kStopped,
  };

  // Whether the caller has gone: the call should end, and not begin anything anew.
  using Abandoned = std::atomic<bool>;
  using Call = std::function<void(Seat& seat, const Abandoned& abandoned)>;
  using NewSeat = std::function<std::unique_ptr<Seat>()>;

  CallThreads(const Limits& limits, NewSeat new_seat);
  // REQUIRES: nobody is in Run(). Threads that are still blocked keep what they need, and leak it.
  ~CallThreads();
  CallThreads(const CallThreads&) = delete;
  CallThreads& operator=(const CallThreads&) = delete;

  // Makes the call on one of the threads. An exception that the call throws is thrown here.
  Outcome Run(Call call, std::chrono::milliseconds at_most);

  // Ends all threads and lets nobody in any more. Breaks what is still blocked after `patience`,
  // again and again for at most as long. Whether all have ended.
  bool Stop(std::chrono::milliseconds patience);

 private:
  class Pool;
  std::shared_ptr<Pool> pool_;  // shared with the threads
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CALLS_CALL_THREADS_H_
