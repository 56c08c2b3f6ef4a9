// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The gate: an output filter below the byterange filter that lets out only bytes that are in the
// cache file. The handler sends one FILE bucket over the whole, still sparse, file; byterange cuts
// it to what the client asked for; the gate waits for each block and asks the fetcher for exactly
// those missing. The client's slowness holds no worker: what passed the gate is httpd's to send
// asynchronously. The origin's does: this is the blocking gate, a worker waits here for the fill.
//
// Under worker and prefork a worker waits for the client as well, inside of core. There the gate
// also sees to it that a slow client is given AudioStallTimeout instead of Timeout to take the next
// 32 KB, and that one which does not is counted.

#ifndef AUDIODL_MOD_AUDIODL_GATE_H_
#define AUDIODL_MOD_AUDIODL_GATE_H_

#include <apr_pools.h>
#include <httpd.h>

#include "mod_audiodl/delivery.h"

namespace audiodl {

// For RegisterHooks().
void RegisterGate(apr_pool_t* pool);

// Passes the response on, through the gate where there is something for it to do. The delivery
// lives as long as r->pool.
apr_status_t SendThroughGate(request_rec* r, Delivery& delivery, apr_bucket_brigade* brigade);

// Whether a filter above the gate would read the bucket's bytes, and so meet holes, while the file
// is filled (deflate, substitute): then the whole object must be there first.
bool ContentFiltersRead(const request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_GATE_H_
