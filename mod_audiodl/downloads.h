// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which parts of a book a customer has downloaded, for the book's page. Where AudioPageQuery is
// set, that statement says it, in the same round trip as the right where that is not remembered;
// else the ledger does, where one is kept (ledger_downloads.h). Neither is asked for anything but a
// page.

#ifndef AUDIODL_MOD_AUDIODL_DOWNLOADS_H_
#define AUDIODL_MOD_AUDIODL_DOWNLOADS_H_

#include <httpd.h>

#include <string>

#include "common/base/status.h"
#include "common/book/downloads.h"
#include "common/cache/chunk_name.h"
#include "common/entitlement/entitlement_answer.h"

namespace audiodl {

// Right and downloads, by AudioPageQuery; the downloads are kept for FindDownloads(). The rules are
// those of AudioEntitlementQuery. REQUIRES: there is an AudioPageQuery.
Result<EntitlementAnswer> AskPageRight(request_rec* r, const std::string& customer,
                                       const ChunkName& book);

// Null where nothing says so, or it could not be asked: then the page is shown without, and the log
// tells. As long as the request.
const Downloads* FindDownloads(request_rec* r, const std::string& customer, const ChunkName& book);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DOWNLOADS_H_
