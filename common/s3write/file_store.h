// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An ObjectStore in a folder, as file:///srv/audio names it: a key is a file's whole path. What is
// there is whole: files are written beside their place, synced and renamed. Conditions hold against
// other stores of the same folder, on one machine. One thread at a time.

#ifndef AUDIODL_COMMON_S3WRITE_FILE_STORE_H_
#define AUDIODL_COMMON_S3WRITE_FILE_STORE_H_

#include <string>
#include <vector>

#include "common/base/new_file.h"
#include "common/s3write/object_store.h"

namespace audiodl {

class FileStore : public ObjectStore {
 public:
  // `root` is the origin's folder, without a slash at its end. It must exist, lest a disk that is
  // not mounted be taken for an empty shop.
  explicit FileStore(std::string root) : root_(std::move(root)) {}

  Result<ObjectInfo> Head(const std::string& key) override;
  Result<ObjectInfo> Get(const std::string& key, const BodySink& sink) override;
  Result<std::optional<Fetched>> GetUnless(const std::string& key, const std::string& etag,
                                           size_t limit) override;
  Result<std::string> Put(const std::string& key, std::string_view bytes,
                          const PutOptions& options) override;
  // Removes folders that are empty then, too.
  Status Delete(const std::string& key) override;
  Status List(const ListQuery& query, const Visitor& visit) override;
  Result<std::string> UploadFile(const std::string& key, const std::string& path,
                                 const PutOptions& options, const Progress& progress) override;
  Result<std::string> UploadStream(const std::string& key, UploadSource& source,
                                   const PutOptions& options, const Progress& progress) override;
  // Whatever the age: the kernel knows whose process is gone.
  Result<uint64_t> RemoveStale(const StaleQuery& query) override;

 private:
  // kInvalid for a path outside of the folder, or with "..", "." or empty segments in it.
  Status CheckKey(const std::string& key) const;
  Result<NewFile> Begin(const std::string& key) const;
  Result<std::string> Commit(NewFile file, const std::string& key, const PutOptions& options);
  // Objects and folders below a folder, "/srv/audio" without a slash at its end.
  Status Walk(const std::string& folder, std::vector<StoredObject>& objects,
              std::vector<std::string>& folders) const;

  const std::string root_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_FILE_STORE_H_
