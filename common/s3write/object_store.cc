// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/object_store.h"

#include "common/base/text.h"
#include "common/s3write/file_store.h"
#include "common/s3write/s3_store.h"

namespace audiodl {

Result<std::string> ObjectStore::GetText(const std::string& key, size_t limit) {
  std::string text;
  const Result<ObjectInfo> info = Get(key, Into(text, key, limit));
  if (!info.ok()) return info.status();
  return text;
}

ObjectStore::BodySink ObjectStore::Into(std::string& text, const std::string& key, size_t limit) {
  return [&text, key, limit](std::string_view bytes) {
    text.append(bytes);
    if (text.size() <= limit) return Status::Ok();
    return Status::Invalid(Printable(key) + " is larger than " + std::to_string(limit) + " bytes");
  };
}

std::unique_ptr<ObjectStore> OpenObjectStore(const S3Access& access) {
  if (access.origin.kind == Origin::Kind::kFile)
    return std::make_unique<FileStore>(access.origin.prefix);
  return std::make_unique<S3Store>(access);
}

}  // namespace audiodl
