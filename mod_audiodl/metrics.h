// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// SetHandler audiodl-metrics: the counters for Prometheus and whatever else reads OpenMetrics. They
// name no customer, book or key. Who may read them is for the operator's Require to say.

#ifndef AUDIODL_MOD_AUDIODL_METRICS_H_
#define AUDIODL_MOD_AUDIODL_METRICS_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterMetrics(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_METRICS_H_
