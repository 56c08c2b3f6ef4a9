// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A descriptor to poll in a socket's place, for somebody who gives up on a socket that does not
// become writable for a time: it polls as readable as soon as the socket is writable or broken, and
// at every tick besides.
//
//   PatientPoll poll;
//   if (poll.Open(socket, 5s).ok()) …      // poll poll.fd() for reading
//   if (poll.TookTick(now)) …              // or else it was the socket
//
// An epoll(7) descriptor with the socket and a timer in it: two descriptors, and no thread. One
// thread at a time; the socket is borrowed and has to be closed after it, or taken out with
// Close().

#ifndef AUDIODL_COMMON_CLIENT_PATIENT_POLL_H_
#define AUDIODL_COMMON_CLIENT_PATIENT_POLL_H_

#include <chrono>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

class PatientPoll {
 public:
  using Clock = std::chrono::steady_clock;

  // Makes the descriptors where there are none yet, else keeps them as they are. REQUIRES: the same
  // socket and tick at each call until Close().
  Status Open(int socket, std::chrono::milliseconds tick, Clock::time_point now);
  void Close();

  bool is_open() const { return poll_.valid(); }
  int fd() const { return poll_.get(); }
  // Somebody else closed fd().
  void Abandon() { (void)poll_.Release(); }

  // Whether a tick has passed since the last call; from then on only the next one polls.
  bool TookTick(Clock::time_point now);

 private:
  Status Fill(int socket, std::chrono::milliseconds tick);

  UniqueFd poll_;
  UniqueFd timer_;
  std::chrono::milliseconds tick_{0};
  Clock::time_point next_tick_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_PATIENT_POLL_H_
