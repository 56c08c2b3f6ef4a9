// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/local_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>

#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

struct AddressesDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string TextOf(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

}  // namespace

Result<HostAddress> LocalAddressTowards(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), "53", &hints, &found); error != 0) {
    return Status(Code::kUnreachable, host + " has no address: " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, AddressesDeleter> list(found);
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    const UniqueFd fd(socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    if (!fd.valid() || connect(fd.get(), at->ai_addr, at->ai_addrlen) != 0) continue;
    if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&local), &size) != 0) continue;
    Result<HostAddress> address = HostAddress::Parse(TextOf(local));
    if (address.ok()) return address;
  }
  return Status(Code::kUnreachable, "there is no route to " + host);
}

}  // namespace audiodl
