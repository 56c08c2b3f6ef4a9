// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One keep-alive client connection that speaks as much HTTP/1.1 as a load driver needs, plain or
// TLS, and never blocks: GETs without pipelining, answers with a Content-Length.
//
//   HttpClient client(target, scratch);
//   client.Connect();
//   …each time its descriptor is ready for awaited():
//   switch (client.Advance(budget)) { case Progress::kReady: client.Ask(target.Request({})); … }
//
// One thread at a time.

#ifndef AUDIODL_TESTS_BENCH_KIT_HTTP_CLIENT_H_
#define AUDIODL_TESTS_BENCH_KIT_HTTP_CLIENT_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"
#include "tests/bench/kit/clock.h"
#include "tests/bench/kit/target.h"

namespace audiodl::bench {

enum class Progress {
  kWaiting,  // for the socket
  kReady,    // connected, and nothing was asked yet
  kMore,     // the budget is used up, and there may be more
  kDone,     // the answer is complete; Ask() again, after Connect() where it is not kept alive
  kBroken,   // see trouble(); Connect() again
};

// One request and its answer.
struct Exchange {
  Clock::time_point asked;
  Clock::time_point first_byte;  // of the body
  Clock::time_point done;
  int status = 0;
  uint64_t length = 0;    // what Content-Length says
  uint64_t received = 0;  // bytes of the body
  bool keep_alive = true;
};

class HttpClient {
 public:
  // Called with each piece of a body and its offset within the body.
  using BodySink = std::function<void(uint64_t offset, std::string_view bytes)>;

  // Both are borrowed; `scratch` may be shared by all clients of a thread.
  HttpClient(const Target& target, std::span<char> scratch);

  // Begins a connection, in place of the one there may be.
  void Connect();
  // Sends a request. REQUIRES: the last Advance() said kReady or kDone.
  void Ask(std::string_view request);
  // Moves on as far as the socket allows, or until about `budget` bytes were read.
  Progress Advance(uint64_t budget);

  // Without a sink, bodies of plain HTTP are thrown away inside the kernel, which costs a client
  // little.
  void set_sink(BodySink sink) { sink_ = std::move(sink); }

  int fd() const { return fd_.get(); }
  uint32_t awaited() const { return awaited_; }  // EPOLLIN or EPOLLOUT
  const Exchange& exchange() const { return exchange_; }
  const std::string& trouble() const { return trouble_; }  // a word or two
  // Whether kBroken means no more than that the server had ended the idle connection when it was
  // asked again, which is its right; asking once more is the client's part (RFC 9112
  // section 9.3.1).
  bool ended_while_idle() const { return ended_while_idle_; }

 private:
  enum class Stage { kConnecting, kGreeting, kIdle, kHead, kBody, kBroken };
  struct FreeSession {
    void operator()(SSL* session) const { SSL_free(session); }
  };

  Progress Break(const std::string& trouble);
  Progress FinishConnect();
  Progress Greet();
  Progress ReadHead();
  Progress ReadBody(uint64_t budget);
  bool TakeHead(std::string_view head);
  bool TakeBody(std::string_view bytes);
  Progress Finish();
  ssize_t Receive(size_t most);
  ssize_t Discard(uint64_t most);

  const Target& target_;
  const std::span<char> scratch_;
  UniqueFd fd_;
  std::unique_ptr<SSL, FreeSession> tls_;
  Stage stage_ = Stage::kBroken;
  uint32_t awaited_ = 0;
  std::string head_;
  BodySink sink_;
  Exchange exchange_;
  std::string trouble_;
  bool reused_ = false;  // an answer came through this connection already
  bool ended_while_idle_ = false;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_HTTP_CLIENT_H_
