// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A server that speaks S3: scheme, host and port. Pure; any thread.

#ifndef AUDIODL_COMMON_S3_ENDPOINT_H_
#define AUDIODL_COMMON_S3_ENDPOINT_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct Endpoint {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower-case; an IPv6 address keeps its brackets
  std::string port;    // empty: the scheme's default

  // "https://host[:port]", "http://[::1]:9000"; one slash at the end is forgiven. kInvalid
  // begins with the text, and says what to write instead.
  static Result<Endpoint> Parse(std::string_view text);

  // AWS's own for a region: https://s3.eu-west-1.amazonaws.com
  static Endpoint OfAws(std::string_view region);

  // "host[:port]", as the Host header has it.
  std::string Authority() const;
  std::string ToString() const;

  // An IPv4 or IPv6 address: no bucket name can stand before it.
  bool IsAddress() const;
  bool IsAws() const;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_ENDPOINT_H_
