// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/parked_socket.h"

#include <http_log.h>

#include <utility>

#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

// The follower looks after its deadlines so often; well below any Timeout that httpd may have.
constexpr std::chrono::milliseconds kLongestStay{500};

}  // namespace

ParkedSocket::~ParkedSocket() {
  Unpark();
  EndTurn();
}

bool ParkedSocket::Exchange() {
  if (stand_in_.socket() < 0) return false;
  if (const Status status = gate_.Close(); !status.ok()) {
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, connection_, "audiodl: not parked: %s",
                  status.text().c_str());
    return false;
  }
  stand_in_.Put(gate_.fd());
  return true;
}

bool ParkedSocket::ParkUntilRung(uint64_t bell, uint32_t seen) {
  if (!Exchange()) return false;
  if (!link_.watcher->Watch(gate_, bell, seen, kLongestStay)) {
    PutBack();
    return false;
  }
  state_ = State::kListening;
  return true;
}

// Where no gate can be had the turn is taken all the same: rather too many than none.
bool ParkedSocket::TakeTurn() {
  if (has_turn_ || !Exchange()) return true;
  state_ = State::kQueued;
  if (!link_.turns->Take(gate_)) return false;
  state_ = State::kRunning;
  has_turn_ = true;
  PutBack();
  return true;
}

void ParkedSocket::EndTurn() {
  if (std::exchange(has_turn_, false)) link_.turns->Done();
}

void ParkedSocket::Unpark() {
  const State state = std::exchange(state_, State::kRunning);
  if (state == State::kRunning) return;
  if (state == State::kListening) link_.watcher->Forget(gate_);
  if (state == State::kQueued) has_turn_ = link_.turns->Leave(gate_);
  PutBack();
}

void ParkedSocket::PutBack() {
  if (!stand_in_.TakeBack()) gate_.Abandon();
}

}  // namespace audiodl
