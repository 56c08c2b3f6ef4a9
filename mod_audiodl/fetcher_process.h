// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The fetcher as a process of httpd: forked by the parent after each reading of the configuration,
// forked again when it dies, told to drain when the configuration is about to be dropped.
//
//   start, restart   post_config forks a fetcher with the new settings
//   graceful         pconf is cleared: the old fetcher gets SIGUSR1, finishes what it is filling
//   and ends,
//                    while the new one already takes wants; a lock per object keeps them apart
//   stop             the parent ends: the kernel sends SIGTERM (PR_SET_PDEATHSIG)

#ifndef AUDIODL_MOD_AUDIODL_FETCHER_PROCESS_H_
#define AUDIODL_MOD_AUDIODL_FETCHER_PROCESS_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterFetcher(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_FETCHER_PROCESS_H_
