// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Any request to S3, signed: what the operator's command sends. The web server's signing
// (common/s3/s3_request.h) knows GET and HEAD only, and this folder is no part of what the module
// is linked with. Pure; any thread.

#ifndef AUDIODL_COMMON_S3WRITE_S3_CALL_H_
#define AUDIODL_COMMON_S3WRITE_S3_CALL_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/s3/credentials.h"
#include "common/s3/origin.h"
#include "common/s3/sigv4.h"

namespace audiodl {

enum class CallMethod : unsigned char { kGet, kHead, kPut, kPost, kDelete };

std::string_view MethodName(CallMethod method);

struct S3Call {
  CallMethod method = CallMethod::kGet;
  std::string key = {};        // empty: the bucket itself
  NameValues query = {};       // decoded: {"list-type", "2"}, {"uploads", ""}
  NameValues headers = {};     // besides those that signing adds; each is signed
  std::string_view body = {};  // borrowed until the call has returned
};

struct SignedCall {
  std::string url;
  // "name: value", Host among them, without line ends. They hold the session token: never log them.
  std::vector<std::string> headers;
};

// kInvalid for what S3 could only refuse: a key above 1024 bytes, a line end in a header.
// REQUIRES: an s3:// origin.
Result<SignedCall> SignCall(const Origin& origin, const Credentials& keys, const S3Call& call,
                            std::chrono::system_clock::time_point now);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_S3_CALL_H_
