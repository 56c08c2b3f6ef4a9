// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A ControlServer at work on a thread of its own, as the fetcher's loop would have it.

#ifndef AUDIODL_TESTS_UNIT_FETCH_SERVED_CONTROL_H_
#define AUDIODL_TESTS_UNIT_FETCH_SERVED_CONTROL_H_

#include <poll.h>

#include <atomic>
#include <string_view>
#include <thread>

#include "common/fetch/control_server.h"

namespace audiodl {

class ServedControl {
 public:
  // Serves `control`, which is borrowed, until this goes.
  explicit ServedControl(ControlServer& control)
      : thread_([this, &control] {
          pollfd readable{control.fd(), POLLIN, 0};
          while (!stopping_) {
            poll(&readable, 1, 10);
            control.Serve();
          }
        }) {}
  ~ServedControl() {
    stopping_ = true;
    thread_.join();
  }
  ServedControl(const ServedControl&) = delete;
  ServedControl& operator=(const ServedControl&) = delete;

 private:
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses the rest
};

inline void DiscardLog(LogLevel, std::string_view) {}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_FETCH_SERVED_CONTROL_H_
