// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/guarded.h"

#include "mod_audiodl/module.h"

namespace audiodl {

void LogEscapedException(const LogPlace& place, const char* what) noexcept {
  static constexpr char kText[] = "audiodl: internal error, the request or step was given up: %s";
  if (place.request != nullptr) {
    ap_log_rerror(APLOG_MARK, APLOG_CRIT, 0, place.request, kText, what);
  } else if (place.connection != nullptr) {
    ap_log_cerror(APLOG_MARK, APLOG_CRIT, 0, place.connection, kText, what);
  } else {
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, place.server, kText, what);
  }
}

}  // namespace audiodl
