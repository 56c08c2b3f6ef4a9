// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/s3_request.h"

#include <cassert>

#include "common/base/text.h"
#include "common/s3/entity_tag.h"

namespace audiodl {
namespace {

// Amazon S3 User Guide, "Naming Amazon S3 objects".
constexpr size_t kMaxKeyBytes = 1024;

Status CheckKey(const std::string& key) {
  if (key.empty()) return Status::Invalid("the key is empty");
  if (key.size() <= kMaxKeyBytes) return Status::Ok();
  return Status::Invalid("the key " + Printable(key) + " has more than 1024 bytes");
}

// The headers that say what is wanted of the object.
Result<NameValues> WantedHeaders(const S3ReadSpec& spec) {
  // Without it S3 keeps the checksums that objects were uploaded with to itself.
  NameValues headers = {{"x-amz-checksum-mode", "ENABLED"}};
  if (spec.range) {
    Result<std::string> range = RangeHeader(*spec.range);
    if (!range.ok()) return range.status();
    headers.emplace_back("range", std::move(range).value());
  }
  if (!spec.if_match.empty()) {
    Status strong = CheckEntityTag(spec.if_match);
    if (!strong.ok()) return strong;
    headers.emplace_back("if-match", spec.if_match);
  }
  return headers;
}

}  // namespace

Result<SignedRead> SignRead(const Origin& origin, const Credentials& keys, const S3ReadSpec& spec,
                            std::chrono::system_clock::time_point now) {
  assert(origin.kind == Origin::Kind::kS3);
  Status good_key = CheckKey(spec.key);
  if (!good_key.ok()) return good_key;
  Result<NameValues> wanted = WantedHeaders(spec);
  if (!wanted.ok()) return wanted.status();

  NameValues query;
  if (!spec.version.empty()) query.emplace_back("versionId", spec.version);
  const S3Read read = {.method = spec.method,
                       .host = origin.HostFor(),
                       .path = origin.PathFor(spec.key),
                       .query = query,
                       .extra = std::move(wanted).value()};
  SignedRead result = {.url = origin.UrlFor(spec.key), .headers = {}};
  if (!query.empty()) result.url += "?" + CanonicalQuery(query);
  for (const auto& [name, value] :
       SignS3Headers(read, {.time = now, .region = origin.region}, keys)) {
    result.headers.emplace_back(name).append(": ").append(value);
  }
  return result;
}

}  // namespace audiodl
