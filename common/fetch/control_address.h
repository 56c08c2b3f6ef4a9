// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The address of a socket in a directory, however long the directory's path is: a unix address
// holds 107 bytes only, so the kernel is led through the open directory (/proc/self/fd). A value.

#ifndef AUDIODL_COMMON_FETCH_CONTROL_ADDRESS_H_
#define AUDIODL_COMMON_FETCH_CONTROL_ADDRESS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <string_view>

namespace audiodl {

class ControlAddress {
 public:
  // Good for as long as `directory` stays open. REQUIRES: `name` is at most 64 bytes.
  ControlAddress(int directory, std::string_view name);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_{};
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_CONTROL_ADDRESS_H_
