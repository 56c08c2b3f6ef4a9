// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// SetHandler audiodl-hot: what this server's customers have asked for lately, for a new sibling
// that fills its cache before it takes traffic (audiodl warm --like). It names books, no customers;
// who may read it is for the operator's Require to say.

#ifndef AUDIODL_MOD_AUDIODL_HOT_SET_H_
#define AUDIODL_MOD_AUDIODL_HOT_SET_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterHotSet(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_HOT_SET_H_
