// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// While it lives, the calling thread blocks all signals, and threads that it starts inherit that:
// httpd's signals are its own threads' to handle; in prefork a handler ends the process.

#ifndef AUDIODL_COMMON_BASE_SIGNALS_BLOCKED_H_
#define AUDIODL_COMMON_BASE_SIGNALS_BLOCKED_H_

#include <pthread.h>

#include <csignal>

namespace audiodl {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_SIGNALS_BLOCKED_H_
