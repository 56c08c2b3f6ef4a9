// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A section of mod_status's page: a table in a browser, "Audiodl...: N" lines in ?auto. Without
// mod_status nothing happens.

#ifndef AUDIODL_MOD_AUDIODL_STATUS_H_
#define AUDIODL_MOD_AUDIODL_STATUS_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterStatus(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_STATUS_H_
