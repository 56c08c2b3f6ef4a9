// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The gate of a book's parts, where the pump cannot be used: it turns part buckets into bytes, some
// at a time, before anybody below meets them. As with the chunk's gate (gate.h) the worker waits
// here for what is being filled. The bytes are copied, so that no part's file need stay open for
// what httpd, or a HTTP/2 connection, has not sent yet.

#ifndef AUDIODL_MOD_AUDIODL_PART_GATE_H_
#define AUDIODL_MOD_AUDIODL_PART_GATE_H_

#include <apr_pools.h>
#include <httpd.h>

#include "mod_audiodl/client_line.h"

namespace audiodl {

void RegisterPartGate(apr_pool_t* pool);

// Puts it into the request's filters. At that pace, which may be null.
void AddPartGate(request_rec* r, Pace* pace);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_PART_GATE_H_
