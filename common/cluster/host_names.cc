// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/host_names.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kMaxName = 253;
constexpr size_t kMaxLabel = 63;

Status CheckLabel(std::string_view label) {
  if (label.empty()) return Status::Invalid("has an empty part between its dots");
  if (label.size() > kMaxLabel) return Status::Invalid("has a part of more than 63 characters");
  if (label.front() == '-' || label.back() == '-') {
    return Status::Invalid("has a part that begins or ends with a hyphen");
  }
  const bool plain =
      std::all_of(label.begin(), label.end(), [](char c) { return IsAlnum(c) || c == '-'; });
  return plain ? Status::Ok()
               : Status::Invalid("has characters other than letters, digits, hyphens and dots");
}

Result<HostAddress> ParseIpv4(const std::string& text) {
  in_addr address;
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) return Status::Invalid("is no IP address");
  const uint32_t number = ntohl(address.s_addr);
  const uint32_t first = number >> 24;
  if (first == 0) return Status::Invalid("is in 0.0.0.0/8, which is no machine's");
  if (first >= 224) return Status::Invalid("is a multicast, broadcast or reserved address");
  if (number >> 16 == 0xa9fe) return Status::Invalid("is link-local (169.254.0.0/16)");
  return HostAddress{HostAddress::Family::kIpv4, text, first == 127};
}

Result<HostAddress> ParseIpv6(const std::string& text) {
  in6_addr address;
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return Status::Invalid("is no IP address");
  if (IN6_IS_ADDR_UNSPECIFIED(&address)) return Status::Invalid("is the unspecified address");
  if (IN6_IS_ADDR_MULTICAST(&address)) return Status::Invalid("is a multicast address");
  if (IN6_IS_ADDR_LINKLOCAL(&address)) return Status::Invalid("is link-local (fe80::/10)");
  if (IN6_IS_ADDR_V4MAPPED(&address) ||
      (IN6_IS_ADDR_V4COMPAT(&address) && !IN6_IS_ADDR_LOOPBACK(&address))) {
    return Status::Invalid("is an IPv4 address in IPv6's clothes: write it as IPv4");
  }
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  inet_ntop(AF_INET6, &address, canonical.data(), canonical.size());
  return HostAddress{HostAddress::Family::kIpv6, canonical.data(),
                     IN6_IS_ADDR_LOOPBACK(&address) != 0};
}

}  // namespace

Status CheckHostName(std::string_view name) {
  if (name.empty()) return Status::Invalid("is empty");
  if (name.size() > kMaxName) return Status::Invalid("has more than 253 characters");
  size_t begin = 0;
  std::string_view last;
  do {
    const size_t dot = std::min(name.find('.', begin), name.size());
    last = name.substr(begin, dot - begin);
    if (Status status = CheckLabel(last); !status.ok()) return status;
    begin = dot + 1;
  } while (begin <= name.size());
  // RFC 1123: a last part of digits would make it an address.
  if (std::all_of(last.begin(), last.end(), IsDigit)) {
    return Status::Invalid("ends in a number, as only an address may");
  }
  return Status::Ok();
}

bool IsReservedHostName(std::string_view name) {
  const std::string lower = ToLower(name);
  return lower == "localhost" || lower.starts_with("localhost.") || lower.ends_with(".localhost") ||
         lower == "broadcasthost" || lower.starts_with("ip6-");
}

Result<HostAddress> HostAddress::Parse(std::string_view text) {
  const std::string copy(text);
  return copy.find(':') == std::string::npos ? ParseIpv4(copy) : ParseIpv6(copy);
}

}  // namespace audiodl
