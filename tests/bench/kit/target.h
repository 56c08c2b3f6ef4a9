// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where a driver's requests go and what they carry: parsed once, read by all clients. Immutable.

#ifndef AUDIODL_TESTS_BENCH_KIT_TARGET_H_
#define AUDIODL_TESTS_BENCH_KIT_TARGET_H_

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace audiodl::bench {

// Bytes of an object: from `first`, up to and without `beyond`.
struct Span {
  uint64_t first = 0;
  uint64_t beyond = 0;
  uint64_t length() const { return beyond - first; }
};

class Target {
 public:
  // `url` is http://ADDRESS:PORT/PATH or https://…, the address in numbers; `headers` are whole
  // lines, such as "Cookie: a=b". Ends the process where the URL is wrong.
  Target(const std::string& url, const std::vector<std::string>& headers);

  const sockaddr_in& address() const { return address_; }
  // Null for plain HTTP. Certificates are not looked at: the drivers measure, they do not trust.
  SSL_CTX* tls() const { return tls_.get(); }

  // A GET of the whole object, or of some of its bytes.
  std::string Request(std::optional<Span> span) const;

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  sockaddr_in address_{};
  std::string request_;  // all but the Range header and the empty line
  std::unique_ptr<SSL_CTX, FreeContext> tls_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_TARGET_H_
