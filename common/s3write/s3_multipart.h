// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// S3's multipart uploads, request by request (Amazon S3 User Guide, "Uploading and copying objects
// using multipart upload"). Every body is sent with its SHA-256 signed and its MD5, so S3 refuses
// what arrives damaged. One thread at a time, as the caller it borrows.

#ifndef AUDIODL_COMMON_S3WRITE_S3_MULTIPART_H_
#define AUDIODL_COMMON_S3WRITE_S3_MULTIPART_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/s3write/object_store.h"
#include "common/s3write/s3_answers.h"
#include "common/s3write/s3_caller.h"

namespace audiodl {

// S3's own bounds.
inline constexpr uint32_t kMaxParts = 10000;
inline constexpr uint64_t kMinPartBytes = uint64_t{5} << 20;
inline constexpr uint64_t kMaxPartBytes = uint64_t{5} << 30;

class S3Multipart {
 public:
  // Both are borrowed.
  S3Multipart(S3Caller& caller, std::string key) : caller_(caller), key_(std::move(key)) {}

  // The new upload's id.
  Result<std::string> Create(const PutOptions& options);

  // The part's entity tag. kNotFound: there is no such upload (any more).
  Result<UploadedPart> UploadPart(const std::string& id, uint32_t number, std::string_view bytes);

  // What S3 has of it, in the order of the numbers.
  Result<std::vector<UploadedPart>> ListParts(const std::string& id);

  // The object's entity tag. May take minutes. An answer that was lost is found again by what
  // stands there. REQUIRES: at least one part; all but the last of kMinPartBytes or more.
  Result<std::string> Complete(const std::string& id, const std::vector<UploadedPart>& parts,
                               const PutOptions& options);

  // Ok also where there is none.
  Status Abort(const std::string& id);

 private:
  Result<std::string> CompleteOnce(const std::string& id, const std::string& xml,
                                   const PutOptions& options);
  Result<std::string> FindCompleted(const std::string& expected, const Status& failure);

  S3Caller& caller_;
  const std::string key_;
};

// The entity tag that S3 makes of its parts' where they are MD5s: "md5-of-the-md5s-3", in quotes.
// Empty where they are not.
std::string MultipartEntityTag(const std::vector<UploadedPart>& parts);

// All uploads below a prefix that were neither completed nor aborted. `visit` returns false to end.
Status ListUploads(S3Caller& caller, const std::string& prefix,
                   const std::function<bool(const OpenUpload&)>& visit);

// The headers that carry the options, besides the content type.
NameValues ConditionHeaders(const PutOptions& options);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_S3_MULTIPART_H_
