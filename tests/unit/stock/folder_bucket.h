// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A bucket in a folder that can be made to fail, and tells what it was asked.

#ifndef AUDIODL_TESTS_UNIT_STOCK_FOLDER_BUCKET_H_
#define AUDIODL_TESTS_UNIT_STOCK_FOLDER_BUCKET_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/s3write/file_store.h"

namespace audiodl {

class FolderBucket : public FileStore {
 public:
  using FileStore::FileStore;

  Status List(const ListQuery& query, const Visitor& visit) override {
    starts.push_back(query.start_after);
    size_t seen = 0;
    bool cut = false;
    Status status = FileStore::List(query, [&](const StoredObject& object) {
      cut = seen == fail_after;
      if (cut) return false;
      ++seen;
      StoredObject changed = object;
      if (change) change(changed);
      const bool go_on = visit(changed);
      if (on_object) on_object(seen);
      return go_on;
    });
    if (cut) return Status(Code::kUnreachable, "the connection broke");
    return status;
  }

  size_t fail_after = SIZE_MAX;               // objects of a listing
  std::vector<std::string> starts;            // where each listing began
  std::function<void(size_t)> on_object;      // called after each
  std::function<void(StoredObject&)> change;  // as another server would say it
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_STOCK_FOLDER_BUCKET_H_
