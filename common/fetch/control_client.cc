// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/control_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <utility>

#include "common/base/unique_fd.h"
#include "common/fetch/control_address.h"
#include "common/fetch/control_protocol.h"

namespace audiodl {
namespace {

// What the operator can do about it.
Status FromConnect(int error_number, const std::string& cache_dir) {
  if (error_number == EACCES || error_number == EPERM) {
    return Status(Code::kForbidden,
                  cache_dir + ": only root and the user that httpd serves as may ask");
  }
  if (error_number == ENOENT || error_number == ECONNREFUSED) {
    return Status(Code::kNotFound, "no fetcher runs for " + cache_dir +
                                       ": is httpd running, with AudioCacheDir " + cache_dir + "?");
  }
  return Status::FromErrno(error_number, "connect to the fetcher of " + cache_dir);
}

timeval ToTimeval(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds);
  return timeval{static_cast<time_t>(seconds.count()), static_cast<suseconds_t>(rest.count())};
}

Result<UniqueFd> Connect(const std::string& cache_dir, std::chrono::milliseconds patience) {
  const UniqueFd directory(open(cache_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() && (errno == EACCES || errno == EPERM))
    return FromConnect(errno, cache_dir);
  if (!directory.valid()) return Status::FromErrno(errno, cache_dir);
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Status::FromErrno(errno, "socket");
  const timeval timeout = ToTimeval(patience);
  // The sending one bounds connect(2) too.
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  const ControlAddress address(directory.get(), kControlName);
  if (connect(fd.get(), address.get(), ControlAddress::size()) != 0) {
    return FromConnect(errno, cache_dir);
  }
  return fd;
}

}  // namespace

Result<std::string> ControlClient::Call(std::string_view command,
                                        std::string_view arguments) const {
  const std::string call = EncodeControlCall(command, arguments);
  if (call.size() > kMaxControlRequest) return Status::Invalid("the request is too long");
  const Result<UniqueFd> fd = Connect(cache_dir_, patience_);
  if (!fd.ok()) return fd.status();
  if (send(fd->get(), call.data(), call.size(), MSG_NOSIGNAL) < 0) {
    return Status(Code::kUnreachable, "the fetcher of " + cache_dir_ + " does not listen");
  }
  std::string reply(kMaxControlReply, '\0');
  const ssize_t n = recv(fd->get(), reply.data(), reply.size(), 0);
  if (n <= 0) {
    return Status(Code::kUnreachable, "the fetcher of " + cache_dir_ +
                                          (n == 0 ? " refused to answer" : " does not answer"));
  }
  reply.resize(static_cast<size_t>(n));
  return DecodeControlReply(reply);
}

}  // namespace audiodl
