// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// From an answer that is no object to a Status: what happened, and what the administrator should do
// about it. Pure; any thread.

#ifndef AUDIODL_COMMON_S3_S3_ERROR_H_
#define AUDIODL_COMMON_S3_S3_ERROR_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct ErrorReply {
  int http_status = 0;
  std::string body = {};           // its first 4 KiB are enough; a HEAD has none
  std::string bucket_region = {};  // the header x-amz-bucket-region, if it came
};

// Never ok. By S3's <Code> where there is one, else by the HTTP status:
//   kNotFound     no such key
//   kForbidden    access denied, bad or expired keys, a wrong clock, region, endpoint or bucket
//   kArchived     in Glacier: InvalidObjectState
//   kChanged      412
//   kOutOfRange   416: the object ends before the range; SizeFromPastEnd() of s3_response.h knows
//   more kThrottled    503, 429, SlowDown kUnreachable  other 5xx, time-outs, and a 404 that no S3
//   server wrote kInvalid      any other 4xx: a fault of ours
// The text is one bounded line without control characters, and repeats no key id, signature or
// token, although S3's body may hold them. REQUIRES: OutcomeOf(reply.http_status) ==
// Outcome::kError; S3 calls a 416 an error, we do not.
Status ClassifyError(const ErrorReply& reply);

// S3's <Code>, "RequestTimeTooSkewed"; empty where the body is not S3's.
std::string_view S3ErrorCode(std::string_view body);

// What stands between <name> and </name>, the first time; empty where that is not whole. S3's
// errors are flat, so this is all the XML there is to know. The result points into `xml`.
std::string_view XmlElement(std::string_view xml, std::string_view name);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_S3_ERROR_H_
