// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Proves a configuration before it serves anybody: directories, their permissions, credentials,
// what is missing. It runs at every start and under `apachectl -t` alike, and every virtual host
// hears of all its mistakes at once.

#ifndef AUDIODL_MOD_AUDIODL_CONFIG_CHECK_H_
#define AUDIODL_MOD_AUDIODL_CONFIG_CHECK_H_

#include <apr_pools.h>
#include <sys/types.h>

namespace audiodl {

void RegisterConfigCheck(apr_pool_t* pool);

// The user that children and the fetcher run as.
uid_t ServingUser();

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CONFIG_CHECK_H_
