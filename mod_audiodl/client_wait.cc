// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/client_wait.h"

#include <http_log.h>

#include <utility>

#include "common/client/client_socket.h"
#include "mod_audiodl/module.h"

namespace audiodl {

void ClientWait::Begin(const Times& times) {
  const StallClock::Clock::time_point now = StallClock::Clock::now();
  const int socket = stand_in_.socket();
  if (socket < 0 || connection_->cs == nullptr) return;
  if (times.tick != times_.tick) poll_.Close();
  if (!poll_.is_open()) clock_.Moved(now);
  times_ = times;
  if (const Status status = poll_.Open(socket, times.tick, now); !status.ok()) {
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, connection_,
                  "audiodl: a client is waited for no longer than Timeout: %s",
                  status.text().c_str());
    return;
  }
  stand_in_.Put(poll_.fd());
  connection_->cs->sense = CONN_SENSE_WANT_READ;
  began_ = now;
  waiting_ = true;
}

bool ClientWait::End() {
  if (!std::exchange(waiting_, false)) return false;
  if (!stand_in_.TakeBack()) {
    poll_.Abandon();
    return false;
  }
  const StallClock::Clock::time_point now = StallClock::Clock::now();
  unsent_.After(now - began_);
  if (poll_.TookTick(now)) {
    return clock_.IsStalled(AcknowledgedBytes(stand_in_.socket()), times_.stall, now);
  }
  clock_.Moved(now);
  return false;
}

}  // namespace audiodl
