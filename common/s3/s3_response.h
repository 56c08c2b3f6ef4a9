// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What came back of a read, decided before one byte of it is believed. Pure; any thread.
//
//   switch (OutcomeOf(headers.http_status())) {
//     case Outcome::kBody:    CheckBody(headers, asked) says which bytes follow
//     case Outcome::kPastEnd: SizeFromPastEnd(headers, body): an empty object answers so to any
//     range case Outcome::kError:   ClassifyError(...) of s3_error.h
//   }

#ifndef AUDIODL_COMMON_S3_S3_RESPONSE_H_
#define AUDIODL_COMMON_S3_S3_RESPONSE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/s3/byte_range.h"
#include "common/s3/response_headers.h"

namespace audiodl {

enum class Outcome : unsigned char {
  kBody,     // 200, 206
  kPastEnd,  // 416
  kError,    // all else
};
Outcome OutcomeOf(int http_status);

// A checksum of the whole object as S3 keeps it: {"sha256", "base64…"}. Algorithms: crc32, crc32c,
// crc64nvme, sha1, sha256.
struct ObjectChecksum {
  std::string algorithm;
  std::string base64;

  bool operator==(const ObjectChecksum&) const = default;
};

// One generation of an object.
struct ObjectInfo {
  uint64_t size = 0;
  std::string etag;  // strong, with its quotes, exactly as sent
  std::chrono::sys_seconds last_modified{};
  std::string content_type;
  std::string sse;                        // x-amz-server-side-encryption; empty: none said
  std::string version;                    // x-amz-version-id; empty: the bucket keeps none
  std::vector<ObjectChecksum> checksums;  // never those of a multipart upload's parts

  bool operator==(const ObjectInfo&) const = default;

  // Same bytes: size and entity tag agree.
  bool SameGeneration(const ObjectInfo& other) const {
    return size == other.size && etag == other.etag;
  }
};

// Of a 200 (GET or HEAD) or a 206. kInvalid where the size, a strong entity tag or the date is
// missing or malformed: an error page with status 200 has none of them.
Result<ObjectInfo> ParseObjectInfo(const ResponseHeaders& headers);

// Whether a whole object may come where a part was asked for (a server without ranges).
enum class WholeBody : unsigned char { kRefuse, kAccept };

struct AskedFor {
  std::optional<ByteRange> range = std::nullopt;  // none: the whole object
  const ObjectInfo* known = nullptr;              // borrowed; null: any generation is welcome
  WholeBody whole_body = WholeBody::kRefuse;
};

// The bytes that follow: not the bytes that were asked for where kAccept let a whole object in, or
// the object ends within the range.
struct Body {
  ByteRange range;
  ObjectInfo info;
};

// Compares an answer with the question. A 206 must begin at the byte asked for and end where the
// range or the object ends; a 200 counts only where the range covers the whole object, or with
// kAccept. kChanged: another generation than the known one. kUnreachable: an answer that does not
// fit the question, or lacks what ParseObjectInfo needs.
// REQUIRES: OutcomeOf(headers.http_status()) == Outcome::kBody.
Result<Body> CheckBody(const ResponseHeaders& headers, const AskedFor& asked);

// The object's size as a 416 tells it, in Content-Range or in S3's XML (<ActualObjectSize>).
// kUnreachable where neither does: ask with HEAD.
Result<uint64_t> SizeFromPastEnd(const ResponseHeaders& headers, std::string_view body);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_S3_RESPONSE_H_
