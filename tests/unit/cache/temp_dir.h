// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A directory of mode 0700 that goes with its object. One thread at a time.

#ifndef AUDIODL_TESTS_UNIT_CACHE_TEMP_DIR_H_
#define AUDIODL_TESTS_UNIT_CACHE_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace audiodl {

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/audiodl-test-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string Of(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_CACHE_TEMP_DIR_H_
