// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A credentials file for one test, its owner's alone unless told otherwise, removed at the end.

#ifndef AUDIODL_TESTS_UNIT_S3_CREDENTIALS_FILE_H_
#define AUDIODL_TESTS_UNIT_S3_CREDENTIALS_FILE_H_

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/cache/temp_dir.h"

namespace audiodl {

class CredentialsFile {
 public:
  explicit CredentialsFile(const std::string& text, mode_t mode = 0600)
      : path_(folder_.Of("credentials")) {
    std::ofstream(path_) << text;
    std::filesystem::permissions(path_, static_cast<std::filesystem::perms>(mode));
  }

  const std::string& path() const { return path_; }

 private:
  const TempDir folder_;
  const std::string path_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_S3_CREDENTIALS_FILE_H_
