// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AWS Signature Version 4 for S3: header signing as in "Authenticating Requests: Using the Authorization
// Header (AWS Signature Version 4)", Amazon S3 API Reference. S3's rules differ from other services': the
// path is encoded once and never normalised, and x-amz-content-sha256 is always sent and signed.
// Pure functions: time and credentials come in, text goes out. Any thread.

#ifndef AUDIODL_COMMON_S3_SIGV4_H_
#define AUDIODL_COMMON_S3_SIGV4_H_

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/s3/credentials.h"

namespace audiodl {

struct SigV4Request {
  std::string_view method;  // "GET"
  std::string_view path;    // as it is sent, already percent-encoded: "/bucket/a%20b"
  std::vector<std::pair<std::string, std::string>> query;    // decoded names and values, any order
  std::vector<std::pair<std::string, std::string>> headers;  // as sent, "host" among them, any order
  std::string_view payload_hash;  // hex SHA-256 of the body, or "UNSIGNED-PAYLOAD"
};

struct SigV4Scope {
  std::chrono::system_clock::time_point time;
  std::string_view region;
  std::string_view service = "s3";
};

// SHA-256 of nothing, in hex: the payload hash of every GET and HEAD.
inline constexpr std::string_view kEmptyPayloadHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string CanonicalRequest(const SigV4Request& request);
std::string StringToSign(const SigV4Request& request, const SigV4Scope& scope);

// The value of the Authorization header. x-amz-date (and x-amz-security-token) must already be among
// the headers; SignS3Headers() below adds all that S3 wants.
std::string Authorization(const SigV4Request& request, const SigV4Scope& scope, const Credentials& keys);

// "20150830T123600Z"
std::string AmzDate(std::chrono::system_clock::time_point time);

// Only reading is ever signed by the server side: the type has no other method.
enum class ReadMethod : unsigned char { kGet, kHead };

// The complete header list for a signed S3 read: host, x-amz-content-sha256, x-amz-date,
// x-amz-security-token where there is one, `extra` (Range, If-Match; signed too) and authorization.
std::vector<std::pair<std::string, std::string>> SignS3Headers(
    ReadMethod method, std::string_view host, std::string_view path,
    std::vector<std::pair<std::string, std::string>> extra, const SigV4Scope& scope,
    const Credentials& keys);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_SIGV4_H_
