// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/line.h"

#include <fcntl.h>

#include <algorithm>

namespace audiodl {

void Line::Detach() {
  if (attached_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::lock_guard lock(mutex_);
  watched_.Reset();
}

void Line::Closing(int fd) {
  const std::lock_guard lock(mutex_);
  LookBeforeEnd(fd);
}

void Line::GiveUp(int fd) {
  const std::lock_guard lock(mutex_);
  LookBeforeEnd(fd);
  given_up_ = true;
  watched_.Reset();
}

void Line::LookBeforeEnd(int fd) {
  closing_ = true;
  if (attached_.load(std::memory_order_acquire) == 0 || fd < 0) return;
  const std::optional<TcpLook> look = LookAtTcp(fd);
  if (!look) return;
  last_ = look;
  (void)FateOf(*look);  // which remembers what it sees for the first time
  if (look->state == TcpLook::State::kOpen) received_before_ = look->received;
}

void Line::Gone() {
  const std::lock_guard lock(mutex_);
  if (closing_) return;
  given_up_ = true;
  watched_.Reset();
}

void Line::Watch(int fd) {
  const std::lock_guard lock(mutex_);
  if (given_up_ || fd < 0 || watched_.valid()) return;
  watched_.Reset(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

// Once both sides are closed, or it was reset, the kernel shows the same state. But a FIN counts as
// a byte received, and a reset does not.
LineFacts::Fate Line::FateOf(const TcpLook& look) {
  using Fate = LineFacts::Fate;
  client_closed_ = client_closed_ || look.state == TcpLook::State::kPeerClosed;
  if (client_closed_) return Fate::kClientClosed;
  if (look.state == TcpLook::State::kOpen) {
    return given_up_ || !watched_.valid() ? Fate::kGivenUp : Fate::kOpen;
  }
  if (received_before_ && look.received > *received_before_) return Fate::kClientClosed;
  if (!reset_after_) reset_after_ = passed();
  return Fate::kReset;
}

LineFacts Line::Look() {
  LineFacts facts;
  facts.requests = requests();
  const uint64_t passed = this->passed();
  const std::lock_guard lock(mutex_);
  if (watched_.valid()) {
    if (const std::optional<TcpLook> look = LookAtTcp(watched_.get())) last_ = look;
  }
  if (!last_ || !countable_) return facts;
  facts.fate = FateOf(*last_);
  // A FIN of ours is counted too.
  facts.acked = std::min(last_->acked, passed);
  facts.sent = std::min(last_->sent, passed);
  facts.written = std::min(last_->written, passed);
  facts.segment = last_->segment;
  facts.handed_on = reset_after_.value_or(passed);
  return facts;
}

}  // namespace audiodl
