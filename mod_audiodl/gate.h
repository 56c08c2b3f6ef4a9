// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The gate: an output filter that lets out only bytes that are in the cache file. The handler sends
// FILE buckets over the ranges of the still sparse file that the client asked for; the gate waits
// for each block and asks the fetcher for exactly those missing. The client's slowness holds no
// worker: what passed the gate is httpd's to send asynchronously. The origin's does: this is the
// blocking gate, a worker waits here for the fill.
//
// Under worker and prefork a worker waits for the client as well, inside of core; and under event
// where a filter makes more than core keeps, or sets the pace. There the gate also sees to it that
// a slow client is given AudioStallTimeout instead of Timeout to take the next 32 KB, and that one
// which does not is counted.

#ifndef AUDIODL_MOD_AUDIODL_GATE_H_
#define AUDIODL_MOD_AUDIODL_GATE_H_

#include <apr_pools.h>
#include <httpd.h>
#include <util_filter.h>

#include <cstdint>

#include "mod_audiodl/delivery.h"

namespace audiodl {

// For RegisterHooks().
void RegisterGate(apr_pool_t* pool);

// Puts the gate into the request's filters, where there is something for it to do. The delivery
// lives as long as r->pool.
void AddGate(request_rec* r, Delivery& delivery);

// Passes a response on that the pump does not care for. One that cannot go on is broken off so that
// the client sees that bytes are missing: a HTTP/2 stream is reset, as is a connection whose end
// would be the body's. Returns what the handler is to return.
int SendWithoutPump(request_rec* r, apr_bucket_brigade* brigade);

// The same for what the pump cares for, or is short and all there.
int PassOn(request_rec* r, apr_bucket_brigade* brigade);

// Cuts `bytes` down to what may be passed on at once at that pace, which may be null. Once in a
// download, the last of its burst has to leave the kernel first: that is waited for here.
apr_status_t WaitForPace(ap_filter_t* filter, Pace* pace, uint64_t& bytes);

// The client has gone, or took nothing for too long: drops the rest, and returns `status`.
apr_status_t GiveUp(ap_filter_t* filter, apr_bucket_brigade* rest, apr_status_t status);

// Whether a filter above the gate would read the bucket's bytes, and so meet holes, while the file
// is filled (deflate, substitute): then the whole object must be there first.
bool ContentFiltersRead(const request_rec* r);

// Whether a filter relies on core making the handler wait: for the client, where it holds more than
// it was given (those above), or for the time. The pump, which holds what does not leave at once,
// would let it run on into memory.
bool FiltersNeedWorker(const request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_GATE_H_
