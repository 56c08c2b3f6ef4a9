// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Environment variables. Any thread, while nothing changes the environment.

#ifndef AUDIODL_COMMON_BASE_ENVIRONMENT_H_
#define AUDIODL_COMMON_BASE_ENVIRONMENT_H_

#include <cstdlib>
#include <string>

namespace audiodl {

// Empty also where the variable is not set: no caller makes a difference.
inline std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_ENVIRONMENT_H_
