// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Puts AudioSessionPreset's values where nothing else was said, and reads its key-file, before
// anybody looks at the configuration: at every start and under `apachectl -t` alike.

#ifndef AUDIODL_MOD_AUDIODL_SESSION_SETUP_H_
#define AUDIODL_MOD_AUDIODL_SESSION_SETUP_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterSessionSetup(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_SESSION_SETUP_H_
