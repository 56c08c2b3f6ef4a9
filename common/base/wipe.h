// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Erasing secrets from memory before it is given back, in a way the compiler may not leave out.

#ifndef AUDIODL_COMMON_BASE_WIPE_H_
#define AUDIODL_COMMON_BASE_WIPE_H_

#include <string>
#include <utility>

namespace audiodl {

// Overwrites all that `secret` owns, spare capacity included, and leaves it empty.
void Wipe(std::string& secret);

// A string for the length of one scope, wiped when it ends: `WipedString key("AWS4" + secret);`
class WipedString {
 public:
  WipedString() = default;
  explicit WipedString(std::string text) : text_(std::move(text)) {}
  WipedString(const WipedString&) = delete;
  WipedString& operator=(const WipedString&) = delete;
  ~WipedString() { Wipe(text_); }

  std::string& operator*() { return text_; }
  const std::string& operator*() const { return text_; }

 private:
  std::string text_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_WIPE_H_
