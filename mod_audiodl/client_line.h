// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The line to a client, as the kernel is told to treat it: how much of what was not sent yet it
// keeps, and at which rate it sends. One for each TCP connection, which with HTTP/2 many requests
// share.
//
//   Pace pace(LineOf(c), rate);                 // of one response, in r->pool
//   bytes = std::min(bytes, pace.Allowed());    // 0: the burst has not left the kernel yet
//   pace.Sent(bytes);
//
// The burst goes as fast as it can; when the last of it is on the line, SO_MAX_PACING_RATE is set
// and nothing more has to be done: the kernel spreads the rest, with sendfile, and the socket polls
// as writable accordingly. The next request on the connection begins unpaced, whatever it asks for.
//
// With HTTP/2 the rate is that of the whole connection, from its first download's burst to its end:
// the kernel knows of no streams, and httpd does not tell when one has left.

#ifndef AUDIODL_MOD_AUDIODL_CLIENT_LINE_H_
#define AUDIODL_MOD_AUDIODL_CLIENT_LINE_H_

#include <apr_pools.h>
#include <httpd.h>

#include <cstdint>
#include <limits>
#include <mutex>

#include "common/client/download_rate.h"

namespace audiodl {

// Thread-safe: requests of HTTP/2 run in threads of their own.
class ClientLine {
 public:
  // As UnsentLimit's, where a worker waits for each client: it is there at once, and must see a
  // slow client move.
  static constexpr uint32_t kUnsentWithWorker = 64 * 1024;

  explicit ClientLine(conn_rec* c) : connection_(c) {}
  ClientLine(const ClientLine&) = delete;
  ClientLine& operator=(const ClientLine&) = delete;

  // -1: there is none any more.
  int socket() const;

  // What a download may leave unsent in the kernel; costs a system call only where it changes.
  void LimitUnsent(uint32_t bytes);
  // The socket polls as writable when all was sent, until BeginPacing() or EndPacing().
  void AwaitEmpty();
  // Where the kernel does not tell, it is.
  bool IsEmpty() const;

  uint64_t DrawBurst(const DownloadRate& rate);
  void SpendBurst(uint64_t bytes);

  // From now on all that is sent keeps to that rate, until EndPacing().
  void BeginPacing(uint64_t bytes_per_second);
  void EndPacing();

 private:
  void Limit(uint32_t bytes);  // REQUIRES: mutex_ is held, as below
  void LimitAsUsual();

  conn_rec* connection_;
  std::mutex mutex_;
  BurstAllowance allowance_;   // under mutex_, as is the rest
  uint32_t unsent_limit_ = 0;  // 0: none was set
  uint32_t limit_now_ = 0;
  bool awaits_empty_ = false;
  bool paced_ = false;
};

// Made by the connection's beginning, so never null in a request; of HTTP/2's requests the one they
// share. Null where no virtual host has a store.
ClientLine* LineOf(const conn_rec* c);

// One response on a line. One thread at a time.
class Pace {
 public:
  static constexpr uint64_t kAny = std::numeric_limits<uint64_t>::max();

  // REQUIRES: rate.limits().
  Pace(conn_rec* c, ClientLine& line, const DownloadRate& rate);
  ~Pace();
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  // Whether the kernel does all the rest.
  bool IsDone() const { return phase_ == Phase::kDone; }

  // How many bytes may be handed to the kernel now. 0: the socket has to be polled as writable
  // first (never so with HTTP/2). REQUIRES: what was allowed before has been written.
  uint64_t Allowed();
  void Sent(uint64_t bytes);

 private:
  enum class Phase : unsigned char {
    kBurst,
    kLeaving,  // the kernel has all of the burst, but has not sent it yet
    kDone,     // the rate is set
  };

  ClientLine& line_;
  const DownloadRate rate_;
  const bool shares_line_;  // HTTP/2
  Phase phase_ = Phase::kBurst;
  uint64_t burst_left_;
};

// What AudioRate wants of this response, in r->pool; null: it may go as fast as it can.
Pace* PaceOf(request_rec* r);

void RegisterClientLine(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CLIENT_LINE_H_
