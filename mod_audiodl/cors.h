// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Web players on other hosts (AudioCORSOrigins): a preflight is answered before anybody asks for a
// session, and every answer to a page that is allowed carries the headers that let it be read,
// refusals too. Pages of other origins get none, and so their browsers show them nothing.

#ifndef AUDIODL_MOD_AUDIODL_CORS_H_
#define AUDIODL_MOD_AUDIODL_CORS_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterCors(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CORS_H_
