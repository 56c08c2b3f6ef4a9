// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where the library's words go: into httpd's error log. Any thread.

#ifndef AUDIODL_MOD_AUDIODL_LOG_TO_H_
#define AUDIODL_MOD_AUDIODL_LOG_TO_H_

#include <httpd.h>

#include "common/base/log.h"

namespace audiodl {

// Each line begins with `speaker` and a colon; both arguments are borrowed for the sink's life.
LogSink LogTo(server_rec* server, const char* speaker = "audiodl");

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LOG_TO_H_
