// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/s3_call.h"

#include <algorithm>
#include <cassert>

#include "common/base/digest.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

// Amazon S3 User Guide, "Naming Amazon S3 objects".
constexpr size_t kMaxKeyBytes = 1024;

Status Check(const S3Call& call) {
  if (call.key.size() > kMaxKeyBytes) {
    return Status::Invalid("the key " + Printable(call.key) + " has more than 1024 bytes");
  }
  for (const auto& [name, value] : call.headers) {
    if (std::any_of(value.begin(), value.end(), IsControl)) {
      return Status::Invalid("the header " + name + " would have a control character");
    }
  }
  return Status::Ok();
}

NameValues AllHeaders(const Origin& origin, const Credentials& keys, const S3Call& call,
                      const std::string& payload_hash, std::chrono::system_clock::time_point now) {
  NameValues headers = {{"host", origin.HostFor()},
                        {"x-amz-content-sha256", payload_hash},
                        {"x-amz-date", AmzDate(now)}};
  if (!keys.session_token.empty()) headers.emplace_back("x-amz-security-token", keys.session_token);
  headers.insert(headers.end(), call.headers.begin(), call.headers.end());
  return headers;
}

}  // namespace

std::string_view MethodName(CallMethod method) {
  switch (method) {
    case CallMethod::kGet:
      return "GET";
    case CallMethod::kHead:
      return "HEAD";
    case CallMethod::kPut:
      return "PUT";
    case CallMethod::kPost:
      return "POST";
    case CallMethod::kDelete:
      return "DELETE";
  }
  return "GET";
}

Result<SignedCall> SignCall(const Origin& origin, const Credentials& keys, const S3Call& call,
                            std::chrono::system_clock::time_point now) {
  assert(origin.kind == Origin::Kind::kS3);
  if (Status status = Check(call); !status.ok()) return status;
  const std::string payload_hash =
      call.body.empty() ? std::string(kEmptyPayloadHash) : HexEncode(Sha256Of(call.body));
  NameValues headers = AllHeaders(origin, keys, call, payload_hash, now);
  const SigV4Request request = {.method = std::string(MethodName(call.method)),
                                .path = origin.PathFor(call.key),
                                .query = call.query,
                                .headers = headers,
                                .payload_hash = payload_hash};
  headers.emplace_back("authorization",
                       Authorization(request, {.time = now, .region = origin.region}, keys));

  SignedCall result = {.url = origin.UrlFor(call.key), .headers = {}};
  if (!call.query.empty()) result.url.append("?").append(CanonicalQuery(call.query));
  for (const auto& [name, value] : headers) {
    result.headers.emplace_back(name).append(": ").append(value);
  }
  return result;
}

}  // namespace audiodl
