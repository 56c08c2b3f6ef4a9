// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/log_to.h"

#include <http_log.h>

#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

int ApacheLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return APLOG_ERR;
    case LogLevel::kWarning:
      return APLOG_WARNING;
    case LogLevel::kNotice:
      return APLOG_NOTICE;
    case LogLevel::kInfo:
      return APLOG_INFO;
    case LogLevel::kDebug:
      return APLOG_DEBUG;
  }
  return APLOG_ERR;
}

}  // namespace

LogSink LogTo(server_rec* server, const char* speaker) {
  return [server, speaker](LogLevel level, std::string_view text) {
    ap_log_error(APLOG_MARK, ApacheLevel(level), 0, server, "%s: %.*s", speaker,
                 static_cast<int>(text.size()), text.data());
  };
}

}  // namespace audiodl
