// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Asking the running fetcher for an object. One thread.

#ifndef AUDIODL_AUDIODL_REFETCH_H_
#define AUDIODL_AUDIODL_REFETCH_H_

#include "audiodl/operator_cache.h"
#include "common/base/status.h"
#include "common/cache/cache_index.h"

namespace audiodl {

// Returns when the fetcher has noted it. kNotFound: no fetcher runs for that directory, or the
// chunk is not listed. Others as ControlClient::Call().
Status AskToFetch(const OperatorCache& cache, const CachedObject& object);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_REFETCH_H_
