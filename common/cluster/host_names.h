// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Names and addresses as a line of /etc/hosts may have them, stricter than the resolver itself:
// what is written there decides where a whole server sends its questions. Pure; any thread.

#ifndef AUDIODL_COMMON_CLUSTER_HOST_NAMES_H_
#define AUDIODL_COMMON_CLUSTER_HOST_NAMES_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// A host name (RFC 1123 section 2.1): labels of 1 to 63 letters, digits and hyphens, no hyphen at
// their ends, at most 253 bytes, and not what could be read as an address. kInvalid says why not.
Status CheckHostName(std::string_view name);

// Whether it belongs to the machine itself, so that nobody else may say where it leads: localhost
// and the ip6- names that a hosts file begins with.
bool IsReservedHostName(std::string_view name);

struct HostAddress {
  enum class Family : unsigned char { kIpv4, kIpv6 };

  Family family = Family::kIpv4;
  std::string text;  // in the one form that inet_ntop(3) gives it
  bool loopback = false;

  // kInvalid where it is no address, or one that no single other machine can have: unspecified,
  // multicast, broadcast, link-local (which would need a zone), IPv4 within IPv6.
  static Result<HostAddress> Parse(std::string_view text);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_HOST_NAMES_H_
