// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AWS Signature Version 4 for S3: header signing as in "Authenticating Requests: Using the
// Authorization Header (AWS Signature Version 4)", Amazon S3 API Reference. S3's rules differ from
// other services': the path is encoded once and never normalised, and x-amz-content-sha256 is
// always sent and signed. Pure functions: time and credentials come in, text goes out. Any thread.

#ifndef AUDIODL_COMMON_S3_SIGV4_H_
#define AUDIODL_COMMON_S3_SIGV4_H_

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/s3/credentials.h"

namespace audiodl {

// Names and values, in the order they are sent.
using NameValues = std::vector<std::pair<std::string, std::string>>;

struct SigV4Request {
  std::string method;        // "GET"
  std::string path;          // as it is sent, already percent-encoded: "/bucket/a%20b"
  NameValues query;          // decoded names and values, any order
  NameValues headers;        // as sent, "host" among them, any order; each of them is signed
  std::string payload_hash;  // hex SHA-256 of the body, or "UNSIGNED-PAYLOAD"
};

struct SigV4Scope {
  std::chrono::system_clock::time_point time;
  std::string region;
  std::string service = "s3";
};

// SHA-256 of nothing, in hex: the payload hash of every GET and HEAD.
inline constexpr std::string_view kEmptyPayloadHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// The query as it is signed, and may be sent: encoded and sorted, "list-type=2&prefix=a%2Fb".
std::string CanonicalQuery(const NameValues& query);

std::string CanonicalRequest(const SigV4Request& request);
std::string StringToSign(const SigV4Request& request, const SigV4Scope& scope);

// The value of the Authorization header. x-amz-date (and x-amz-security-token) must already be
// among the headers; SignS3Headers() below adds all that S3 wants.
std::string Authorization(const SigV4Request& request, const SigV4Scope& scope,
                          const Credentials& keys);

// "20150830T123600Z"
std::string AmzDate(std::chrono::system_clock::time_point time);

// Only reading is ever signed by the server side: the type has no other method.
enum class ReadMethod : unsigned char { kGet, kHead };

// "GET" or "HEAD".
std::string_view MethodName(ReadMethod method);

struct S3Read {
  ReadMethod method = ReadMethod::kGet;
  std::string host;       // the Host header's value
  std::string path;       // as it is sent, already percent-encoded
  NameValues query = {};  // not yet encoded
  NameValues extra;       // Range, If-Match and the like: sent and signed too
};

// The complete header list for a signed S3 read: host, x-amz-content-sha256, x-amz-date,
// x-amz-security-token where there is one, `extra` and authorization.
NameValues SignS3Headers(const S3Read& read, const SigV4Scope& scope, const Credentials& keys);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_SIGV4_H_
