// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An HTTP server inside the test, on a free port of the loopback, that answers as the test says:
// for peers that are broken, slow or lying.
//
//   FakeHttpServer server([](const FakeRequest& request) { return FakeReply{.body = "hello"}; });
//   Fetch(server.url() + "/x");
//   CHECK(server.requests()[0].target == "/x");

#ifndef AUDIODL_TESTS_UNIT_FAKE_HTTP_SERVER_H_
#define AUDIODL_TESTS_UNIT_FAKE_HTTP_SERVER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"

namespace audiodl {

struct FakeRequest {
  std::string method;
  std::string target;                          // path and query, as sent
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
};

struct FakeReply {
  enum class Ending : unsigned char {
    kWhole,
    kCut,   // promises one byte more than it sends, and closes
    kHang,  // sends nothing until the client or the test goes away
  };

  int status = 200;
  std::string body = {};
  std::vector<std::string> headers = {};  // "Name: value"; Content-Length comes by itself
  Ending ending = Ending::kWhole;
};

// All methods are for any thread. The handler is called on the server's threads, one call at a
// time.
class FakeHttpServer {
 public:
  using Handler = std::function<FakeReply(const FakeRequest&)>;

  explicit FakeHttpServer(Handler handler);
  ~FakeHttpServer();
  FakeHttpServer(const FakeHttpServer&) = delete;
  FakeHttpServer& operator=(const FakeHttpServer&) = delete;

  // "http://127.0.0.1:PORT"
  const std::string& url() const { return url_; }

  std::vector<FakeRequest> requests() const;

  // Until that many requests have come since the start. False: not within a minute.
  bool WaitForRequests(size_t count) const;

 private:
  void Accept();
  void Serve(int client);
  FakeReply Answer(const FakeRequest& request);
  // Waits for data; false: the client or the server is going away.
  bool Readable(int client) const;

  const Handler handler_;
  UniqueFd listener_;
  UniqueFd stop_;  // an eventfd
  std::string url_;

  mutable std::mutex mutex_;  // guards requests_, and calls of handler_
  mutable std::condition_variable arrived_;
  std::vector<FakeRequest> requests_;

  std::vector<std::jthread> clients_;  // the accepting thread's
  std::jthread acceptor_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_FAKE_HTTP_SERVER_H_
