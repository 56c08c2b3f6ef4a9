// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioLedger: which customer was given which bytes. What leaves is seen by filters
// (ledger_filters.h), what became of it is found out by a thread of each process, which notes it in
// a journal (common/ledger/delivery_desk.h), and one process of each server takes the journals into
// the database (ledger_shipping.h).

#ifndef AUDIODL_MOD_AUDIODL_LEDGER_H_
#define AUDIODL_MOD_AUDIODL_LEDGER_H_

#include <httpd.h>

#include <vector>

#include "common/cache/chunk_name.h"
#include "mod_audiodl/delivery.h"
#include "mod_audiodl/ledger_filters.h"

namespace audiodl {

void RegisterLedger(apr_pool_t* pool);

// From now on what the request's client gets counts for its customer. Does nothing where no ledger
// is kept or there is no customer. The source, or the delivery, lives as long as r->pool. REQUIRES:
// before any filter of ours is added to the request's, and anything passed to them.
void RecordInLedger(request_rec* r, const LedgerSource& source);
void RecordInLedger(request_rec* r, const Delivery& delivery, const ChunkName& chunk);

// Sets ledger_prefix of those that keep a ledger. REQUIRES: not later than post_config.
void MarkLedgerServers(server_rec* main_server);

// Those servers. Virtual hosts without settings of their own share one's.
std::vector<server_rec*> LedgerServers(server_rec* main_server);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LEDGER_H_
