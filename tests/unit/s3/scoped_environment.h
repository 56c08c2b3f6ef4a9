// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Sets environment variables for one test, and puts back what was there. One thread.

#ifndef AUDIODL_TESTS_UNIT_S3_SCOPED_ENVIRONMENT_H_
#define AUDIODL_TESTS_UNIT_S3_SCOPED_ENVIRONMENT_H_

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace audiodl {

class ScopedEnvironment {
 public:
  using Variable = std::pair<std::string, std::string>;

  // An empty value unsets.
  explicit ScopedEnvironment(std::initializer_list<Variable> values) {
    for (const auto& [name, value] : values) {
      const char* const before = std::getenv(name.c_str());
      before_[name] = before == nullptr ? std::nullopt : std::optional<std::string>(before);
      Put(name, value);
    }
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment() {
    for (const auto& [name, value] : before_) Put(name, value.value_or(""));
  }

 private:
  static void Put(const std::string& name, const std::string& value) {
    if (value.empty()) {
      unsetenv(name.c_str());
    } else {
      setenv(name.c_str(), value.c_str(), 1);
    }
  }

  std::map<std::string, std::optional<std::string>> before_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_S3_SCOPED_ENVIRONMENT_H_
