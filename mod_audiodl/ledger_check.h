// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Who keeps a ledger, and whether the settings for it can work. From check_config to the end of
// post_config; one thread.

#ifndef AUDIODL_MOD_AUDIODL_LEDGER_CHECK_H_
#define AUDIODL_MOD_AUDIODL_LEDGER_CHECK_H_

#include <httpd.h>

#include <string>
#include <vector>

namespace audiodl {

// Whether that server does: it has a store and a database of its own.
bool KeepsLedger(const server_rec* server);

// What is wrong with a server's, each sentence with what to do.
std::vector<std::string> LedgerProblems(const server_rec* server);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LEDGER_CHECK_H_
