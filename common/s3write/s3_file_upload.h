// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Sends one file to S3: at once where it is small, else in parts, several at a time, going on where
// an attempt that was killed has stopped.
//
// A part that S3 has already counts where its entity tag is the MD5 of the same piece of the file,
// which is read and compared: a file that was changed in between is sent anew as far as it differs.
// Where entity tags are no MD5s (SSE-KMS), all is sent again.

#ifndef AUDIODL_COMMON_S3WRITE_S3_FILE_UPLOAD_H_
#define AUDIODL_COMMON_S3WRITE_S3_FILE_UPLOAD_H_

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/s3write/object_store.h"
#include "common/s3write/s3_caller.h"
#include "common/s3write/s3_multipart.h"

namespace audiodl {

// How a file of `size` bytes is cut: all parts but the last have `part_bytes`.
struct PartPlan {
  uint64_t size = 0;
  uint64_t part_bytes = 0;

  static PartPlan Of(uint64_t size);

  uint32_t count() const { return static_cast<uint32_t>((size + part_bytes - 1) / part_bytes); }
  uint64_t offset(uint32_t number) const { return (number - 1) * part_bytes; }
  uint64_t bytes(uint32_t number) const { return std::min(part_bytes, size - offset(number)); }
};

class S3FileUpload {
 public:
  struct Job {
    std::string key;
    std::string path;
    PutOptions options;
  };

  // Both are borrowed; they are of one origin.
  S3FileUpload(ObjectStore& store, S3Caller& caller, Job job)
      : store_(store), caller_(caller), job_(std::move(job)) {}

  // The new entity tag. kChanged: the file was written to meanwhile, or a condition of the options
  // does not hold. What was sent stays at S3 for the next attempt.
  Result<std::string> Run(const ObjectStore::Progress& progress);

 private:
  class Workers;

  Status Open();
  Status CheckUnchanged() const;
  Result<std::string> PutWhole(const ObjectStore::Progress& progress);
  Result<std::string> PutParts(const ObjectStore::Progress& progress);
  // The upload to go on with, or a new one.
  Result<std::string> FindOrCreate(S3Multipart& multipart);

  ObjectStore& store_;
  S3Caller& caller_;
  const Job job_;
  UniqueFd file_;
  struct stat info_ = {};
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_S3_FILE_UPLOAD_H_
