// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where the library's messages go. It never calls ap_log_*: whoever runs it gives it a sink.

#ifndef AUDIODL_COMMON_BASE_LOG_H_
#define AUDIODL_COMMON_BASE_LOG_H_

#include <functional>
#include <string_view>

namespace audiodl {

enum class LogLevel : unsigned char { kError, kWarning, kNotice, kInfo, kDebug };

using LogSink = std::function<void(LogLevel, std::string_view)>;

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_LOG_H_
