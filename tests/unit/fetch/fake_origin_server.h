// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A TCP server inside the test that answers HTTP requests with bytes just as the test gives them,
// right or not, and ends connections as it says. (FakeHttpServer builds well-formed answers only.)
//
//   FakeOriginServer server([](const FakeOriginRequest& request) { return FakeOriginReply{"HTTP/1.1
//   …"}; });

#ifndef AUDIODL_TESTS_UNIT_FETCH_FAKE_ORIGIN_SERVER_H_
#define AUDIODL_TESTS_UNIT_FETCH_FAKE_ORIGIN_SERVER_H_

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"

namespace audiodl {

struct FakeOriginRequest {
  std::string method;
  std::string target;
  std::string head;    // all of it, as it came
  int connection = 0;  // counted from 0

  // The value of a header, or "".
  std::string Header(std::string_view lower_case_name) const;
};

struct FakeOriginReply {
  enum class Ending : unsigned char {
    kKeep,   // wait for the next request
    kClose,  // in good order
    kReset,  // as a crash does
    kHang,   // say no more
  };

  std::string bytes;
  Ending ending = Ending::kKeep;
};

// All methods are for any thread. The handler is called on the server's threads, one call at a
// time.
class FakeOriginServer {
 public:
  using Handler = std::function<FakeOriginReply(const FakeOriginRequest&)>;

  explicit FakeOriginServer(Handler handler);
  ~FakeOriginServer();
  FakeOriginServer(const FakeOriginServer&) = delete;
  FakeOriginServer& operator=(const FakeOriginServer&) = delete;

  int port() const { return port_; }
  std::vector<FakeOriginRequest> requests() const;

 private:
  void Accept();
  void Serve(int client, int number);
  bool Answer(int client, FakeOriginRequest request);
  // Waits for data; false: the server is going away.
  bool Readable(int fd) const;

  const Handler handler_;
  UniqueFd listener_;
  UniqueFd stop_;  // an eventfd
  int port_ = 0;

  mutable std::mutex mutex_;  // guards requests_, and calls of handler_
  std::vector<FakeOriginRequest> requests_;

  std::vector<std::jthread> clients_;  // the accepting thread's
  std::jthread acceptor_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_FETCH_FAKE_ORIGIN_SERVER_H_
