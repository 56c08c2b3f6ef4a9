// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The fetcher's ear for the operator's command: a socket `.audiodl-control` in each cache
// directory. Only root and the user that the fetcher runs as are listened to.
//
//   ControlServer control(log);
//   control.Handle("sweep", [&](const ControlRequest& request) -> Result<std::string> {
//     return JsonObject().Add("evicted", Sweep(request.cache_dir)).Text();
//   });
//   Status status = control.Listen("/var/cache/audiodl/www");
//   ... poll control.fd() for reading, then control.Serve() ...
//
// The name always leads to the newest fetcher: it is taken over with rename(2), from a fetcher that
// was killed as from one that still drains, and is never removed. A name that nobody listens at any
// more says that no fetcher runs.
//
// One thread, the fetcher's: a handler that takes long holds up every fill.

#ifndef AUDIODL_COMMON_FETCH_CONTROL_SERVER_H_
#define AUDIODL_COMMON_FETCH_CONTROL_SERVER_H_

#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

struct ControlRequest {
  const Json& arguments;         // an object, or null
  const std::string& cache_dir;  // where the request came in
};

// Returns a JSON object's text, or an error for the operator to read.
using ControlHandler = std::function<Result<std::string>(const ControlRequest&)>;

class ControlServer {
 public:
  explicit ControlServer(LogSink log);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // `command` replaces an earlier handler of that name.
  void Handle(std::string command, ControlHandler handler);

  // Takes over the name in that directory. An error leaves the fetcher without this convenience; it
  // is nothing to end for.
  Status Listen(const std::string& cache_dir);

  // One descriptor for all sockets: readable when Serve() has something to do.
  int fd() const { return poll_.get(); }

  // Answers what has come in. Never blocks but for the handlers.
  void Serve();

 private:
  struct Socket;

  Status Watch(UniqueFd fd, const std::string& cache_dir, bool listens);
  void Accept(const Socket& listener);
  void Answer(const Socket& client);
  Result<std::string> Run(std::string_view datagram, const std::string& cache_dir) const;
  void Drop(const Socket& client);

  const LogSink log_;
  std::map<std::string, ControlHandler, std::less<>> handlers_;
  const UniqueFd poll_;
  std::list<Socket> sockets_;  // clients in the order of their coming; epoll knows their addresses
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_CONTROL_SERVER_H_
