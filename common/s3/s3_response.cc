// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/s3_response.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "common/base/dates.h"
#include "common/base/text.h"
#include "common/s3/entity_tag.h"
#include "common/s3/s3_error.h"

namespace audiodl {
namespace {

constexpr int kWholeStatus = 200;
constexpr int kPartialStatus = 206;
constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";

Status Broken(std::string text) { return Status(Code::kUnreachable, std::move(text)); }

Result<uint64_t> ContentLength(const ResponseHeaders& headers) {
  const Result<std::string_view> value = headers.FindOnly("content-length");
  if (!value.ok()) return value.status();
  const std::optional<uint64_t> length = ParseDecimal(*value);
  if (!length) {
    return Status::Invalid("the origin's Content-Length '" + Printable(*value, 30) +
                           "' is missing or malformed");
  }
  return *length;
}

Result<ContentRange> PartOf(const ResponseHeaders& headers) {
  const Result<std::string_view> value = headers.FindOnly("content-range");
  if (!value.ok()) return value.status();
  return ParseContentRange(*value);
}

Result<uint64_t> ObjectSize(const ResponseHeaders& headers) {
  // A 206's Content-Length is the part's: taking it for the object's would cut the book short.
  if (headers.http_status() != kPartialStatus) return ContentLength(headers);
  const Result<ContentRange> part = PartOf(headers);
  if (!part.ok()) return part.status();
  return part->total;
}

// A multipart upload's checksum may be one of the parts' checksums ("base64-3"), which no pass over
// the object's bytes can reproduce.
std::vector<ObjectChecksum> Checksums(const ResponseHeaders& headers) {
  std::vector<ObjectChecksum> checksums;
  if (EqualsIgnoreCase(headers.Find("x-amz-checksum-type"), "COMPOSITE")) return checksums;
  for (const std::string_view algorithm : {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}) {
    const std::string_view value = headers.Find(std::string(kChecksumPrefix).append(algorithm));
    if (value.empty() || value.find('-') != std::string_view::npos) continue;
    checksums.push_back({std::string(algorithm), std::string(value)});
  }
  return checksums;
}

// The range that a complete answer to `asked` has, given the object's size.
ByteRange Expected(const std::optional<ByteRange>& asked, uint64_t size) {
  if (!asked) return {0, size};
  const uint64_t left = size > asked->offset ? size - asked->offset : 0;
  return {asked->offset, std::min(asked->length, left)};
}

std::string Words(const ByteRange& range) {
  return std::to_string(range.length) + " bytes from " + std::to_string(range.offset);
}

Result<ByteRange> CheckPart(const ResponseHeaders& headers, const AskedFor& asked) {
  const Result<ContentRange> part = PartOf(headers);
  if (!part.ok()) return Broken(part.status().text());
  const ByteRange range = {part->first, part->length()};
  const ByteRange expected = Expected(asked.range, part->total);
  if (range != expected) {
    return Broken("the origin sent " + Words(range) + " where " + Words(expected) +
                  " were asked for");
  }
  const Result<uint64_t> length = ContentLength(headers);
  const bool has_length = !headers.Find("content-length").empty();
  if (has_length && (!length.ok() || *length != range.length)) {
    return Broken("the origin's Content-Length and Content-Range contradict each other");
  }
  return range;
}

Result<ByteRange> CheckWhole(const ObjectInfo& info, const AskedFor& asked) {
  const ByteRange whole = {0, info.size};
  if (Expected(asked.range, info.size) == whole || asked.whole_body == WholeBody::kAccept) {
    return whole;
  }
  return Broken(
      "the origin ignored the range and sent the whole object: it, or a proxy before it, "
      "does not support ranges");
}

// A proxy that compresses, or an object stored compressed: these bytes are not the chunk's, and
// offsets in them mean nothing. "aws-chunked" describes how it was once uploaded, not what is sent.
Status CheckEncoding(const ResponseHeaders& headers) {
  const std::string_view coding = headers.Find("content-encoding");
  if (coding.empty() || EqualsIgnoreCase(coding, "identity") ||
      EqualsIgnoreCase(coding, "aws-chunked")) {
    return Status::Ok();
  }
  return Broken("the origin sent the object with Content-Encoding '" + Printable(coding, 30) +
                "': store it, and let every proxy pass it, as it is");
}

// What a bucket says that kept no versions when the object was stored, and a name above S3's length
// ("Versioning", Amazon S3 User Guide), are none to ask for.
std::string_view VersionIn(const ResponseHeaders& headers) {
  constexpr size_t kMaxVersionBytes = 1024;
  const std::string_view version = headers.Find("x-amz-version-id");
  return version == "null" || version.size() > kMaxVersionBytes ? std::string_view() : version;
}

Status CheckGeneration(const ObjectInfo& info, const ObjectInfo* known) {
  if (known == nullptr || known->SameGeneration(info)) return Status::Ok();
  return Status(Code::kChanged, "the object is now " + std::to_string(info.size) + " bytes with " +
                                    "entity tag " + Printable(info.etag) + ", and was " +
                                    std::to_string(known->size) + " bytes with " +
                                    Printable(known->etag));
}

}  // namespace

Outcome OutcomeOf(int http_status) {
  if (http_status == kWholeStatus || http_status == kPartialStatus) return Outcome::kBody;
  return http_status == 416 ? Outcome::kPastEnd : Outcome::kError;
}

Result<ObjectInfo> ParseObjectInfo(const ResponseHeaders& headers) {
  ObjectInfo info;
  const Result<uint64_t> size = ObjectSize(headers);
  if (!size.ok()) return size.status();
  info.size = *size;

  const Result<std::string_view> etag = headers.FindOnly("etag");
  if (!etag.ok()) return etag.status();
  Status strong = CheckEntityTag(*etag);
  if (!strong.ok()) return strong;
  info.etag = *etag;

  const Result<std::chrono::sys_seconds> modified = ParseHttpDate(headers.Find("last-modified"));
  if (!modified.ok()) return Status::Invalid("Last-Modified: " + modified.status().text());
  info.last_modified = *modified;

  info.content_type = headers.Find("content-type");
  info.sse = headers.Find("x-amz-server-side-encryption");
  info.version = VersionIn(headers);
  info.checksums = Checksums(headers);
  return info;
}

Result<Body> CheckBody(const ResponseHeaders& headers, const AskedFor& asked) {
  assert(OutcomeOf(headers.http_status()) == Outcome::kBody);
  Result<ObjectInfo> info = ParseObjectInfo(headers);
  if (!info.ok()) return Broken(info.status().text());
  if (Status encoding = CheckEncoding(headers); !encoding.ok()) return encoding;
  Status same = CheckGeneration(*info, asked.known);
  if (!same.ok()) return same;
  const Result<ByteRange> range = headers.http_status() == kPartialStatus
                                      ? CheckPart(headers, asked)
                                      : CheckWhole(*info, asked);
  if (!range.ok()) return range.status();
  return Body{.range = *range, .info = std::move(info).value()};
}

Result<uint64_t> SizeFromPastEnd(const ResponseHeaders& headers, std::string_view body) {
  Result<uint64_t> told = ParseUnsatisfiedRange(headers.Find("content-range"));
  if (told.ok()) return told;
  const std::optional<uint64_t> actual = ParseDecimal(XmlElement(body, "ActualObjectSize"));
  if (actual) return *actual;
  return Broken("the origin refused a range without saying how large the object is");
}

}  // namespace audiodl
