// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The origin's connections and clock. Every request waits for the latency, then its body is paced;
// while one is being answered, the next on the same connection is not read. One thread at a time.

#ifndef AUDIODL_TESTS_BENCH_KIT_ORIGIN_SERVER_H_
#define AUDIODL_TESTS_BENCH_KIT_ORIGIN_SERVER_H_

#include <map>
#include <memory>
#include <string>

#include "common/base/unique_fd.h"
#include "tests/bench/kit/clock.h"
#include "tests/bench/kit/object_store.h"
#include "tests/bench/kit/origin_counters.h"
#include "tests/bench/kit/poller.h"
#include "tests/bench/kit/s3_reply.h"

namespace audiodl::bench {

// How slow the origin is; 0 is not at all.
struct OriginPace {
  double latency_seconds = 0;
  double bytes_per_second = 0;  // of one connection
};

class OriginServer {
 public:
  // Listens on a loopback port; ends the process where that fails. The store is borrowed.
  OriginServer(uint16_t port, const ObjectStore& store, OriginPace pace);
  ~OriginServer();

  [[noreturn]] void Run();

 private:
  struct Session;

  void Handle(const epoll_event& event);
  void Accept();
  void Receive(Session& session);
  void TakeRequest(Session& session);
  void BeginReply(Session& session);
  void Send(Session& session);
  void SendBody(Session& session);
  void SendAt(Clock::time_point time, Session& session);
  void SendWhenRoom(Session& session);
  void SendDue();
  void End(Session& session);
  void Close(Session& session);
  std::string Control(const S3Request& request);

  const ObjectStore& store_;
  OriginPace pace_;
  UniqueFd listener_;
  Poller poller_;
  OriginCounters counters_;
  std::map<int, std::unique_ptr<Session>> sessions_;  // by descriptor
  std::multimap<Clock::time_point, Session*> due_;    // whose turn the clock decides
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_ORIGIN_SERVER_H_
