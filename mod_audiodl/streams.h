// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioStreams: how many downloads a customer may have at a time, over all processes of the server.
//
//   if (const int status = TakeStream(r); status != OK) return status;
//
// What was taken is given back when the answer's last byte has been handed to the network, be it
// the chunk's or that of a 304 or an error. HEAD takes none. Where nobody is known (a title that is
// free for everybody) it is the client's address that is counted.
//
// The count is in memory that all processes share (stream_slots.h). Where it cannot be had the
// download goes on uncounted, and the log says so once a minute: fairness is no reason to sell
// nothing.

#ifndef AUDIODL_MOD_AUDIODL_STREAMS_H_
#define AUDIODL_MOD_AUDIODL_STREAMS_H_

#include <apr_pools.h>
#include <httpd.h>

namespace audiodl {

void RegisterStreams(apr_pool_t* pool);

// OK, or the status of the refusal, which the client has been told.
int TakeStream(request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_STREAMS_H_
