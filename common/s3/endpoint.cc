// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

Status Wrong(std::string_view text, std::string_view why) {
  return Status::Invalid(Printable(text) + " " + std::string(why));
}

bool IsIpv4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool IsBracketedIpv6(const std::string& host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  in6_addr address;
  return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1;
}

bool IsName(std::string_view host) {
  const auto allowed = [](char c) { return IsAlnum(c) || c == '-' || c == '.' || c == '_'; };
  return !host.empty() && IsAlnum(host.front()) && std::all_of(host.begin(), host.end(), allowed) &&
         host.find("..") == std::string_view::npos;
}

// Where the port's colon stands in "host:port" or "[::1]:port"; npos: no port.
size_t PortColon(std::string_view authority) {
  const size_t bracket = authority.rfind(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

// "" where the port is the scheme's own: HTTP clients leave it out of the Host header, which is
// signed.
std::optional<std::string> ParsePort(std::string_view text, std::string_view scheme) {
  const std::optional<uint64_t> port = ParseDecimal(text);
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  const bool is_default = *port == (scheme == "https" ? 443 : 80);
  return is_default ? std::string() : std::to_string(*port);
}

}  // namespace

Result<Endpoint> Endpoint::Parse(std::string_view text) {
  const size_t colon = text.find("://");
  // Before anything that quotes the text: what stands before '@' may be a password.
  if (text.find('@') != std::string_view::npos) {
    return Wrong("(not shown)", "has an '@': credentials do not belong here");
  }
  if (colon == std::string_view::npos) {
    return Wrong(text, "has no scheme: write http://" + Printable(text));
  }
  Endpoint endpoint;
  endpoint.scheme = ToLower(text.substr(0, colon));
  if (endpoint.scheme != "http" && endpoint.scheme != "https") {
    return Wrong(text, "must begin with http:// or https://");
  }
  std::string_view authority = text.substr(colon + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#") != std::string_view::npos) {
    return Wrong(text,
                 "has a path: write only scheme://host[:port]; a folder in the bucket belongs "
                 "after s3://BUCKET/");
  }
  const size_t port_colon = PortColon(authority);
  if (port_colon != std::string_view::npos) {
    std::optional<std::string> port = ParsePort(authority.substr(port_colon + 1), endpoint.scheme);
    if (!port) return Wrong(text, "has a bad port: write 1 to 65535, and an IPv6 address in []");
    endpoint.port = *std::move(port);
  }
  endpoint.host = ToLower(authority.substr(0, port_colon));
  if (!IsName(endpoint.host) && !IsBracketedIpv6(endpoint.host)) {
    return Wrong(text, "has no valid host: write scheme://host[:port], and an IPv6 address in []");
  }
  return endpoint;
}

Endpoint Endpoint::OfAws(std::string_view region) {
  Endpoint endpoint;
  endpoint.scheme = "https";
  endpoint.host = "s3." + ToLower(region) + ".amazonaws.com";
  if (region.starts_with("cn-")) endpoint.host += ".cn";
  return endpoint;
}

std::string Endpoint::Authority() const { return port.empty() ? host : host + ":" + port; }

std::string Endpoint::ToString() const { return scheme + "://" + Authority(); }

bool Endpoint::IsAddress() const { return IsIpv4(host) || IsBracketedIpv6(host); }

bool Endpoint::IsAws() const {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

}  // namespace audiodl
