// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The one place that says which version this is.

#ifndef AUDIODL_COMMON_BASE_VERSION_H_
#define AUDIODL_COMMON_BASE_VERSION_H_

#include <string_view>

namespace audiodl {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_VERSION_H_
