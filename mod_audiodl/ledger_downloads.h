// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the ledger says of a book's downloads, for its page: one statement, where the server keeps a
// ledger. It adorns the page and decides nothing. So when it fails, the page is shown without, one
// line in the error log says why, and pages go without for ten seconds, in all processes, before
// the next one tries: a table that is locked or missing holds up no page after the first ones, and
// takes no connection from those who ask for rights.

#ifndef AUDIODL_MOD_AUDIODL_LEDGER_DOWNLOADS_H_
#define AUDIODL_MOD_AUDIODL_LEDGER_DOWNLOADS_H_

#include <httpd.h>

#include <string>

#include "common/book/downloads.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

// Null where no ledger is kept, or it cannot be read. As long as the request.
const Downloads* FindInLedger(request_rec* r, const std::string& customer, const ChunkName& book);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LEDGER_DOWNLOADS_H_
