// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The file that bodies must equal, mapped. Immutable.

#ifndef AUDIODL_TESTS_BENCH_KIT_REFERENCE_H_
#define AUDIODL_TESTS_BENCH_KIT_REFERENCE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace audiodl::bench {

class Reference {
 public:
  // Ends the process where the file cannot be read.
  explicit Reference(const std::string& path);
  ~Reference();
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;

  uint64_t size() const { return bytes_.size(); }
  // Whether `bytes` are those of the file at `offset`.
  bool Matches(uint64_t offset, std::string_view bytes) const {
    return offset <= bytes_.size() && bytes_.substr(offset, bytes.size()) == bytes;
  }

 private:
  std::string_view bytes_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_REFERENCE_H_
