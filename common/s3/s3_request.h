// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One read of an object, ready for libcurl:
//
//   S3ReadSpec spec = {.key = origin.KeyFor("book/01.mp3"), .range = ByteRange{0, 262144}};
//   Result<SignedRead> read = SignRead(origin, *credentials.Current(), spec, system_clock::now());
//   CURLOPT_URL read->url, CURLOPT_HTTPHEADER read->headers, CURLOPT_PATH_AS_IS 1
//
// Pure: any thread.

#ifndef AUDIODL_COMMON_S3_S3_REQUEST_H_
#define AUDIODL_COMMON_S3_S3_REQUEST_H_

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/s3/byte_range.h"
#include "common/s3/credentials.h"
#include "common/s3/origin.h"
#include "common/s3/sigv4.h"

namespace audiodl {

struct S3ReadSpec {
  ReadMethod method = ReadMethod::kGet;
  std::string key;
  std::optional<ByteRange> range = std::nullopt;  // none: the whole object
  std::string if_match = {};                      // an entity tag with its quotes; empty: any
  std::string version = {};  // of a bucket that keeps versions (versionId); empty: the newest
};

struct SignedRead {
  std::string url;
  // "name: value", Host among them, without line ends. They hold the session token: never log them.
  std::vector<std::string> headers;
};

// kInvalid for what S3 could only refuse: an empty key, one above 1024 bytes, an impossible range,
// an entity tag that is not a strong one. A signature is good for 15 minutes around `now`.
// REQUIRES: an s3:// origin.
Result<SignedRead> SignRead(const Origin& origin, const Credentials& keys, const S3ReadSpec& spec,
                            std::chrono::system_clock::time_point now);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_S3_REQUEST_H_
