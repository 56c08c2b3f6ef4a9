// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How a connection waits in write completion for a client that takes its time, with no worker.
//
// By itself the event MPM polls the socket and cuts off whoever did not make it writable for
// Timeout: a client that reads 2 KB/s over a line with a large buffer does so once in minutes. So
// the MPM is given a descriptor to poll that becomes readable with the socket and at every tick
// (patient_poll.h): Timeout is never reached. At the ticks it is looked whether the client has
// acknowledged anything since the last one; who has not for AudioStallTimeout is cut off.
//
// Relies on what parked_socket.h does, and on the MPM polling for reading where
// c->cs->sense says so. One thread at a time: whoever has the connection.

#ifndef AUDIODL_MOD_AUDIODL_CLIENT_WAIT_H_
#define AUDIODL_MOD_AUDIODL_CLIENT_WAIT_H_

#include <httpd.h>

#include <chrono>

#include "common/client/patient_poll.h"
#include "common/client/stall_clock.h"
#include "common/client/unsent_limit.h"
#include "mod_audiodl/socket_stand_in.h"

namespace audiodl {

class ClientWait {
 public:
  // Lives in c->pool.
  // `unsent`, which is borrowed, learns how long the client lets us wait.
  ClientWait(conn_rec* c, UnsentLimit& unsent) : connection_(c), unsent_(unsent), stand_in_(c) {}
  ~ClientWait() { (void)End(); }
  ClientWait(const ClientWait&) = delete;
  ClientWait& operator=(const ClientWait&) = delete;

  struct Times {
    std::chrono::milliseconds stall{0};
    std::chrono::milliseconds tick{0};
  };

  // After the last write of a worker's turn, with bytes left that the socket did not take. Where
  // the descriptors cannot be had, httpd waits as it would.
  void Begin(const Times& times);

  // Puts the socket back. True: the client counts as stalled. May be called at any time.
  bool End();

  // The response is over: holds no descriptors any more. REQUIRES: End().
  void Release() { poll_.Close(); }

 private:
  conn_rec* connection_;
  UnsentLimit& unsent_;
  SocketStandIn stand_in_;
  PatientPoll poll_;
  StallClock clock_;
  StallClock::Clock::time_point began_;
  Times times_;
  bool waiting_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CLIENT_WAIT_H_
