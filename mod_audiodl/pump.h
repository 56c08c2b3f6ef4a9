// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The pump: sends a chunk without holding a worker for its client, over plain HTTP and over TLS,
// cached or while it is being filled. Two connection filters, one at each end of the connection's
// chain:
//
//   handler ─► … ─► AUDIODL_HOLD ─► (TLS) ─► core ─► AUDIODL_PUMP
//
// HOLD keeps what cannot leave now (blocks not filled yet; over TLS, what core has not written yet)
// and everything behind it, the end of the request included, and the handler returns. In write
// completion the event MPM calls the last filter of a connection with a NULL brigade whenever the
// socket takes more: that is PUMP, which lets core write and then lets out of HOLD what has become
// possible. As long as HOLD has anything it sets c->data_in_output_filters, so the MPM comes back.
//
// Plain HTTP passes FILE buckets for sendfile(2). Over TLS at most 48 KiB are handed down at a
// time, and only when core has nothing left: below core's FlushMaxThreshold, where it would block.
// A client that has caught up with the fill is parked until the doorbell rings (parked_socket.h);
// where that cannot be relied on its worker waits, briefly.
//
// This relies on what the event MPM does and its documentation does not promise. So it is used only
// where the MPM says it is asynchronous, on an httpd this was tested with or once the MPM has been
// seen to make that call in this process, never on a HTTP/2 stream, nor below a filter that needs
// to be held up by its client; else the gate serves (gate.h).

#ifndef AUDIODL_MOD_AUDIODL_PUMP_H_
#define AUDIODL_MOD_AUDIODL_PUMP_H_

#include <apr_pools.h>
#include <httpd.h>

#include "mod_audiodl/delivery.h"
#include "mod_audiodl/shipment.h"

namespace audiodl {

void RegisterPump(apr_pool_t* pool);

// Puts what lives in r->pool in the care of the connection's pump. False: this connection has none
// to rely on.
bool UsePump(request_rec* r, Delivery& delivery);
bool UsePump(request_rec* r, Shipment& shipment);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_PUMP_H_
