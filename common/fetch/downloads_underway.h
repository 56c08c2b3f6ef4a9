// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The responses of one process of which bytes have not left yet, and how many: for whoever wants to
// take a server away when its customers are done.
//
//   DownloadsUnderway all(slot);                        // the process's slot among the gauges
//   DownloadsUnderway::One one(all, socket, bytes);     // as long as the response lives
//   all.Sample();                                       // now and then: asks the kernel
//
// How much of a response its client has is what the kernel says was acknowledged since it began
// (tcp_info's tcpi_bytes_acked), so it holds for bytes that httpd sends by itself too. Over TLS it
// is a little more, over HTTP/2 the sum of all that share a connection: good enough to say how long
// it will take. Thread-safe.

#ifndef AUDIODL_COMMON_FETCH_DOWNLOADS_UNDERWAY_H_
#define AUDIODL_COMMON_FETCH_DOWNLOADS_UNDERWAY_H_

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>

#include "common/client/client_socket.h"
#include "common/fetch/process_gauges.h"

namespace audiodl {

class DownloadsUnderway {
 public:
  using Acknowledged = std::function<std::optional<uint64_t>(int socket)>;

  // `slot` is borrowed; null: nobody counts.
  explicit DownloadsUnderway(ProcessGauges::Slot* slot,
                             Acknowledged acknowledged = AcknowledgedBytes);
  DownloadsUnderway(const DownloadsUnderway&) = delete;
  DownloadsUnderway& operator=(const DownloadsUnderway&) = delete;

  // Asks the kernel about all of them.
  void Sample();

 private:
  struct Entry {
    int socket;
    uint64_t bytes;
    std::optional<uint64_t> before;  // acknowledged when it began
    uint64_t left;
  };

 public:
  class One {
   public:
    // `bytes` are going to be sent over `socket`, which is borrowed.
    One(DownloadsUnderway& all, int socket, uint64_t bytes);
    ~One();
    One(const One&) = delete;
    One& operator=(const One&) = delete;

   private:
    DownloadsUnderway& all_;
    std::list<Entry>::iterator at_;
  };

 private:
  void Publish();

  ProcessGauges::Slot* const slot_;
  const Acknowledged acknowledged_;
  std::mutex mutex_;  // guards the two below
  std::list<Entry> entries_;
  uint64_t left_ = 0;  // of all
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_DOWNLOADS_UNDERWAY_H_
