// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/call_error.h"

#include <algorithm>
#include <array>

namespace audiodl {
namespace {

struct KnownError {
  std::string_view s3_code;
  Code code;
  std::string_view advice;
};

// S3 API Reference, "Error responses".
constexpr std::array kKnownErrors = {
    KnownError{"NoSuchUpload", Code::kNotFound,
               "the multipart upload was completed or aborted by somebody else"},
    KnownError{"PreconditionFailed", Code::kChanged,
               "the object is not what it was thought to be: somebody else has written it"},
    KnownError{"OperationAborted", Code::kThrottled,
               "another request for the same object is under way"},
    KnownError{"ConditionalRequestConflict", Code::kThrottled,
               "another request for the same object is under way"},
    KnownError{"BadDigest", Code::kUnreachable, "the bytes arrived damaged"},
    KnownError{"XAmzContentSHA256Mismatch", Code::kUnreachable, "the bytes arrived damaged"},
    KnownError{"EntityTooLarge", Code::kInvalid, "the object is larger than the origin allows"},
    KnownError{"NotImplemented", Code::kInvalid, "the origin does not know this kind of request"},
    KnownError{"QuotaExceeded", Code::kNoSpace, "the account's quota at the origin is used up"},
};

bool Asks(const S3Call& call, std::string_view parameter) {
  return std::any_of(call.query.begin(), call.query.end(),
                     [&](const auto& pair) { return pair.first == parameter; });
}

Status Tell(Code code, const ErrorReply& reply, std::string_view advice) {
  std::string text = "HTTP " + std::to_string(reply.http_status);
  const std::string_view s3_code = S3ErrorCode(reply.body);
  if (!s3_code.empty()) text.append(" ").append(s3_code);
  return Status(code, text.append(": ").append(advice));
}

}  // namespace

std::string ActionOf(const S3Call& call) {
  switch (call.method) {
    case CallMethod::kDelete:
      return Asks(call, "uploadId") ? "s3:AbortMultipartUpload" : "s3:DeleteObject";
    case CallMethod::kPut:
    case CallMethod::kPost:
      return "s3:PutObject";
    case CallMethod::kHead:
      return "s3:GetObject";
    case CallMethod::kGet:
      break;
  }
  if (Asks(call, "uploads")) return "s3:ListBucketMultipartUploads";
  if (Asks(call, "uploadId")) return "s3:ListMultipartUploadParts";
  return call.key.empty() ? "s3:ListBucket" : "s3:GetObject";
}

Status ClassifyCallError(const ErrorReply& reply, const S3Call& call) {
  const std::string_view s3_code = S3ErrorCode(reply.body);
  for (const KnownError& known : kKnownErrors) {
    if (known.s3_code == s3_code) return Tell(known.code, reply, known.advice);
  }
  if (reply.http_status == 412) return Tell(Code::kChanged, reply, kKnownErrors[1].advice);
  const bool denied = s3_code == "AccessDenied" || (s3_code.empty() && reply.http_status == 403);
  if (denied) {
    return Tell(
        Code::kForbidden, reply,
        "access denied: check AudioCredentials and the bucket's policy for " + ActionOf(call));
  }
  return ClassifyError(reply);
}

}  // namespace audiodl
