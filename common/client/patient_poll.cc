// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/patient_poll.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace audiodl {
namespace {

timespec TimespecOf(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()),
          static_cast<long>(std::chrono::nanoseconds(time - seconds).count())};
}

bool Add(int poll, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  return epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Status PatientPoll::Open(int socket, std::chrono::milliseconds tick, Clock::time_point now) {
  if (is_open()) return Status::Ok();
  poll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  timer_ = UniqueFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  Status filled = Fill(socket, tick);
  if (!filled.ok()) Close();
  tick_ = tick;
  next_tick_ = now + tick;
  return filled;
}

Status PatientPoll::Fill(int socket, std::chrono::milliseconds tick) {
  const itimerspec times{TimespecOf(tick), TimespecOf(tick)};
  const bool good = poll_.valid() && timer_.valid() &&
                    timerfd_settime(timer_.get(), 0, &times, nullptr) == 0 &&
                    Add(poll_.get(), timer_.get(), EPOLLIN) && Add(poll_.get(), socket, EPOLLOUT);
  return good ? Status::Ok() : Status::FromErrno(errno, "a timer beside a client's socket");
}

void PatientPoll::Close() {
  poll_.Reset();
  timer_.Reset();
}

bool PatientPoll::TookTick(Clock::time_point now) {
  // Most calls are the socket's: they cost no system call.
  if (!is_open() || now < next_tick_) return false;
  uint64_t ticks = 0;
  if (read(timer_.get(), &ticks, sizeof ticks) != static_cast<ssize_t>(sizeof ticks)) return false;
  // As the timer counts, however late this is: a tick that is not looked for would poll for ever.
  next_tick_ += tick_ * ticks;
  return true;
}

}  // namespace audiodl
