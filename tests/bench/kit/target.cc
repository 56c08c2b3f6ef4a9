// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/target.h"

#include <arpa/inet.h>

#include <charconv>
#include <csignal>

#include "tests/bench/kit/options.h"

namespace audiodl::bench {
namespace {

sockaddr_in ParseAddress(const std::string& host) {
  const size_t colon = host.find(':');
  if (colon == std::string::npos) Die("a port is missing in " + host);
  uint16_t port = 0;
  std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (port == 0 || inet_pton(AF_INET, host.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    Die("not an address and port: " + host);
  }
  return address;
}

}  // namespace

Target::Target(const std::string& url, const std::vector<std::string>& headers) {
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) Die("neither http:// nor https://: " + url);
  const size_t host_at = secure ? 8 : 7;
  const size_t path_at = std::min(url.find('/', host_at), url.size());
  const std::string host = url.substr(host_at, path_at - host_at);
  const std::string path = path_at == url.size() ? "/" : url.substr(path_at);
  address_ = ParseAddress(host);
  request_ = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const std::string& header : headers) request_ += header + "\r\n";
  if (!secure) return;
  (void)std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  tls_.reset(SSL_CTX_new(TLS_client_method()));
}

std::string Target::Request(std::optional<Span> span) const {
  if (!span) return request_ + "\r\n";
  return request_ + "Range: bytes=" + std::to_string(span->first) + "-" +
         std::to_string(span->beyond - 1) + "\r\n\r\n";
}

}  // namespace audiodl::bench
