// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/shared_mutex.h"

#include <time.h>

#include <cerrno>

namespace audiodl {
namespace {

timespec DeadlineIn(std::chrono::milliseconds patience) {
  timespec deadline{};
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  const auto nanos =
      std::chrono::nanoseconds(patience) + std::chrono::nanoseconds(deadline.tv_nsec);
  deadline.tv_sec += nanos / std::chrono::seconds(1);
  deadline.tv_nsec = (nanos % std::chrono::seconds(1)).count();
  return deadline;
}

}  // namespace

Status SharedMutex::Init() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return error == 0 ? Status::Ok() : Status::FromErrno(error, "a mutex in shared memory");
}

SharedMutex::Hold::Hold(SharedMutex& mutex, std::chrono::milliseconds patience) : mutex_(mutex) {
  // Nearly always it is free: then nobody needs to know what time it is.
  int error = pthread_mutex_trylock(&mutex.mutex_);
  if (error == EBUSY) {
    const timespec deadline = DeadlineIn(patience);
    error = pthread_mutex_clocklock(&mutex.mutex_, CLOCK_MONOTONIC, &deadline);
  }
  if (error == EOWNERDEAD) pthread_mutex_consistent(&mutex.mutex_);
  held_ = error == 0 || error == EOWNERDEAD;
}

SharedMutex::Hold::~Hold() {
  if (held_) pthread_mutex_unlock(&mutex_.mutex_);
}

}  // namespace audiodl
