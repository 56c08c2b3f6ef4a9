// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A mutex in memory that several processes share. A process may be killed while it holds it: the
// kernel then hands it on (a robust mutex), so what it guards must bear being left half done.
//
//   SharedMutex::Hold hold(mutex, std::chrono::seconds(2));
//   if (!hold.held()) return busy;
//
// Any thread of any process, after Init(), which is for whoever maps the memory.

#ifndef AUDIODL_COMMON_BASE_SHARED_MUTEX_H_
#define AUDIODL_COMMON_BASE_SHARED_MUTEX_H_

#include <pthread.h>

#include <chrono>

#include "common/base/status.h"

namespace audiodl {

class SharedMutex {
 public:
  SharedMutex() = default;
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

  // Once, before the first use.
  Status Init();

  // Waits for the mutex, and has it for the length of a scope.
  class Hold {
   public:
    Hold(SharedMutex& mutex, std::chrono::milliseconds patience);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    // False: somebody else had it all the time.
    bool held() const { return held_; }

   private:
    SharedMutex& mutex_;
    bool held_;
  };

 private:
  pthread_mutex_t mutex_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_SHARED_MUTEX_H_
