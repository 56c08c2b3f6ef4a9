// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// S3's answers in XML, as values. What a reader must rely on is required and checked: an error page
// with status 200 is never taken for an empty list. What servers add or leave out is ignored.
// Amazon S3 API Reference: ListObjectsV2, CreateMultipartUpload, CompleteMultipartUpload,
// ListMultipartUploads, ListParts. Pure; any thread.

#ifndef AUDIODL_COMMON_S3WRITE_S3_ANSWERS_H_
#define AUDIODL_COMMON_S3WRITE_S3_ANSWERS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

// An object as a listing has it.
struct StoredObject {
  std::string key;
  uint64_t size = 0;
  std::string etag;  // with its quotes
  std::chrono::sys_seconds last_modified{};
  std::string storage_class = {};  // "STANDARD"; empty where the server does not say

  bool operator==(const StoredObject&) const = default;
  // S3 will not give it out before it is restored.
  bool IsArchived() const { return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE"; }
};

struct ObjectPage {
  std::vector<StoredObject> objects;
  std::string next;  // the continuation token; empty: that was all
};

// A multipart upload that was neither completed nor aborted.
struct OpenUpload {
  std::string key;
  std::string id;
  std::chrono::sys_seconds initiated{};
};

struct UploadPage {
  std::vector<OpenUpload> uploads;
  std::string next_key;  // with next_id the markers of the next page; empty: that was all
  std::string next_id;
};

struct UploadedPart {
  uint32_t number = 0;  // from 1
  uint64_t size = 0;
  std::string etag;  // with its quotes
};

struct PartPage {
  std::vector<UploadedPart> parts;
  uint32_t next = 0;  // the marker of the next page; 0: that was all
};

// Of requests with encoding-type=url. All are kUnreachable where the text is not what S3 answers
// with: a proxy's page, a cut document, a field that is missing or malformed.
Result<ObjectPage> ParseObjectPage(std::string_view xml);
Result<UploadPage> ParseUploadPage(std::string_view xml);

Result<PartPage> ParsePartPage(std::string_view xml);
// The new upload's id.
Result<std::string> ParseCreatedUpload(std::string_view xml);
// The object's entity tag. S3 begins to answer with 200 before it knows the outcome: an <Error>
// here is as ClassifyError().
Result<std::string> ParseCompletedUpload(std::string_view xml);

// What CompleteMultipartUpload is sent.
std::string CompletionXml(const std::vector<UploadedPart>& parts);

// "a%20b+c" -> "a b c", as encoding-type=url has keys. kInvalid on a broken escape.
Result<std::string> UrlDecode(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_S3_ANSWERS_H_
