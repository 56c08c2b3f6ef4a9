// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One client's connection, as the ledger sees it: what it has carried, and how it fares after httpd
// has done with it. A response has left httpd when the kernel has taken it; whether the client got
// it shows only later:
//
//   the client acknowledged it and asks for something else          it has it
//   ... and closed the connection in an orderly way (FIN)           it has it
//   ... and reset the connection: closed it with bytes unread       it may not have the end
//
// httpd closes its descriptor when it likes, and a closed descriptor's number may be another file's
// at any time: so what is to be watched on is watched through a duplicate. A connection that httpd
// gives up is not: the client must see it end at once.
//
// Positions count from the connection's first byte. Thread-safe.

#ifndef AUDIODL_COMMON_LEDGER_LINE_H_
#define AUDIODL_COMMON_LEDGER_LINE_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "common/base/unique_fd.h"
#include "common/client/tcp_look.h"
#include "common/ledger/frame_counter.h"

namespace audiodl {

// What is known of a line at a moment.
struct LineFacts {
  enum class Fate : unsigned char {
    kOpen,
    kClientClosed,
    kReset,
    kGivenUp,  // by httpd; what became of it is not known
    kUnknown,  // the kernel does not tell
  };

  Fate fate = Fate::kUnknown;
  uint64_t acked = 0;
  uint64_t sent = 0;
  uint64_t written = 0;
  uint64_t segment = 0;  // the most bytes that go together
  // kReset: how much had been handed on before that was seen. What stands behind a response (TLS's
  // alert, frames of HTTP/2) no client need read, and it resets the connection then although it has
  // read everything else.
  uint64_t handed_on = 0;
  uint64_t requests = 0;  // that have arrived on it
};

class Line {
 public:
  // Its own thread, below everything that changes bytes: that many more have been handed on.
  void Pass(uint64_t bytes) { passed_.fetch_add(bytes, std::memory_order_relaxed); }
  uint64_t passed() const { return passed_.load(std::memory_order_relaxed); }
  // A part of unknown length was handed on: no position is known from now on.
  void LoseCount() { countable_ = false; }
  // A request has arrived; not a stream's of HTTP/2.
  void CountRequest() { requests_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t requests() const { return requests_.load(std::memory_order_relaxed); }

  // Somebody wants to know how it ends: until Detach().
  void Attach() { attached_.fetch_add(1, std::memory_order_relaxed); }
  void Detach();

  // httpd is about to close it, in an orderly way; may be told again, closer to the end. Its own
  // descriptor `fd` still works.
  void Closing(int fd);
  // The same, but at once, and the client must see that.
  void GiveUp(int fd);
  // httpd has done with it. One that was never told to be closing was given up.
  void Gone();

  // Keeps a duplicate of the descriptor, for Look(), until nobody is attached. Does nothing when
  // one is kept already, or when httpd has given it up. REQUIRES: Attach().
  void Watch(int fd);

  LineFacts Look();

  // The HTTP/2 streams of it, if it speaks that.
  SharedFrameCounter& frames() { return frames_; }

 private:
  // Both REQUIRE: mutex_ is held.
  void LookBeforeEnd(int fd);
  LineFacts::Fate FateOf(const TcpLook& look);

  std::atomic<uint64_t> passed_{0};
  std::atomic<uint64_t> requests_{0};
  std::atomic<int> attached_{0};
  std::atomic<bool> countable_{true};
  SharedFrameCounter frames_;

  std::mutex mutex_;  // guards all below
  UniqueFd watched_;
  std::optional<TcpLook> last_;
  bool client_closed_ = false;
  std::optional<uint64_t> reset_after_;  // it is reset: what had been handed on when that was seen
  bool closing_ = false;
  bool given_up_ = false;
  // How many bytes the client had sent when the line was last seen open while httpd was closing it.
  std::optional<uint64_t> received_before_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_LINE_H_
