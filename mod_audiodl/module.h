// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The name under which httpd keeps what belongs to this module: settings, per-request state, log
// level.

#ifndef AUDIODL_MOD_AUDIODL_MODULE_H_
#define AUDIODL_MOD_AUDIODL_MODULE_H_

#include <httpd.h>

#include <http_config.h>
#include <http_log.h>

APLOG_USE_MODULE(audiodl);

#endif  // AUDIODL_MOD_AUDIODL_MODULE_H_
