// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// SetHandler audiodl-health: whether a load balancer should send customers here. It answers from
// what the module knows already (common/health), in microseconds: nothing is asked of a database or
// an origin while somebody waits for the answer. What no customer's request has found out lately is
// found out beside: the fetcher asks the origin, and one process per server, through mod_watchdog,
// the database and the session stores, as long as the health is asked for.

#ifndef AUDIODL_MOD_AUDIODL_HEALTH_H_
#define AUDIODL_MOD_AUDIODL_HEALTH_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterHealth(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_HEALTH_H_
