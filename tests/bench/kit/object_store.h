// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The objects that the origin has: the files of one folder, each under every key whose last part is
// the file's name. So a key that nobody has asked for yet is cold, and its content is known.
// Immutable.

#ifndef AUDIODL_TESTS_BENCH_KIT_OBJECT_STORE_H_
#define AUDIODL_TESTS_BENCH_KIT_OBJECT_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"

namespace audiodl::bench {

struct StoredObject {
  UniqueFd fd;
  uint64_t size = 0;
  std::string etag;           // the MD5 of its bytes, in quotes
  std::string last_modified;  // as HTTP writes it
};

class ObjectStore {
 public:
  // Reads every file of the folder once, which also brings its pages into memory. Ends the process
  // where that fails.
  explicit ObjectStore(const std::string& folder);

  // Null where there is no such object. `path` is a URL's: /BUCKET/ANY/PREFIX/NAME.
  const StoredObject* Find(std::string_view path) const;

 private:
  std::map<std::string, StoredObject, std::less<>> objects_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_OBJECT_STORE_H_
