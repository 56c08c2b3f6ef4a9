// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An ObjectStore on S3: one connection, and a few more while a large file is sent. One thread at a
// time.

#ifndef AUDIODL_COMMON_S3WRITE_S3_STORE_H_
#define AUDIODL_COMMON_S3WRITE_S3_STORE_H_

#include <string>

#include "common/s3write/object_store.h"
#include "common/s3write/s3_caller.h"

namespace audiodl {

class S3Store : public ObjectStore {
 public:
  // What is larger is sent in parts.
  static constexpr uint64_t kMaxSinglePut = uint64_t{16} << 20;

  explicit S3Store(const S3Access& access) : caller_(access) {}

  Result<ObjectInfo> Head(const std::string& key) override;
  Result<ObjectInfo> Get(const std::string& key, const BodySink& sink) override;
  Result<std::optional<Fetched>> GetUnless(const std::string& key, const std::string& etag,
                                           size_t limit) override;
  Result<std::string> Put(const std::string& key, std::string_view bytes,
                          const PutOptions& options) override;
  Status Delete(const std::string& key) override;
  Status List(const ListQuery& query, const Visitor& visit) override;
  Result<std::string> UploadFile(const std::string& key, const std::string& path,
                                 const PutOptions& options, const Progress& progress) override;
  Result<std::string> UploadStream(const std::string& key, UploadSource& source,
                                   const PutOptions& options, const Progress& progress) override;
  Result<uint64_t> RemoveStale(const StaleQuery& query) override;

 private:
  struct Received;

  Status GetOn(const std::string& key, const BodySink& sink, Received& received);
  bool HasEntityTag(const std::string& key, const std::string& etag);
  Result<std::string> UploadParts(const std::string& key, UploadSource& source, std::string part,
                                  const PutOptions& options, const Progress& progress);

  S3Caller caller_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_S3_STORE_H_
