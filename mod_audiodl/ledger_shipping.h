// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One process of each server, which mod_watchdog chooses, takes the journals of all into the shop's
// database every second.

#ifndef AUDIODL_MOD_AUDIODL_LEDGER_SHIPPING_H_
#define AUDIODL_MOD_AUDIODL_LEDGER_SHIPPING_H_

#include <httpd.h>

namespace audiodl {

void RegisterLedgerShipping(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LEDGER_SHIPPING_H_
