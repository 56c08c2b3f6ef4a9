// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The door: the one record that httpd looks for when it loads the module, and the list of what the
// module consists of. Every subject registers its own hooks.

#include "mod_audiodl/accounting.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authn.h"
#include "mod_audiodl/authz.h"
#include "mod_audiodl/backends.h"
#include "mod_audiodl/client_line.h"
#include "mod_audiodl/config_check.h"
#include "mod_audiodl/cors.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/decision_caches.h"
#include "mod_audiodl/directives.h"
#include "mod_audiodl/fetcher_process.h"
#include "mod_audiodl/free_titles_files.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/handler.h"
#include "mod_audiodl/health.h"
#include "mod_audiodl/hidden_password.h"
#include "mod_audiodl/hot_set.h"
#include "mod_audiodl/ledger.h"
#include "mod_audiodl/ledger_shipping.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/manifests.h"
#include "mod_audiodl/metrics.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/rights_memory.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/session_setup.h"
#include "mod_audiodl/session_store.h"
#include "mod_audiodl/status.h"
#include "mod_audiodl/storage.h"
#include "mod_audiodl/streams.h"
#include "mod_audiodl/underway.h"

namespace audiodl {
namespace {

void RegisterHooks(apr_pool_t* pool) {
  RegisterSessionSetup(pool);
  RegisterConfigCheck(pool);
  RegisterBackends(pool);
  RegisterDbdStore(pool);
  RegisterSessionStore(pool);
  RegisterStorage(pool);
  RegisterRightsMemory(pool);
  RegisterDecisionCaches(pool);
  RegisterRevocations(pool);
  RegisterFreeTitlesFiles(pool);
  RegisterManifests(pool);
  RegisterCors(pool);
  RegisterAuthn(pool);
  RegisterAuthz(pool);
  RegisterLinkAuthz(pool);
  RegisterClientLine(pool);
  RegisterStreams(pool);
  RegisterHandler(pool);
  RegisterAnswer(pool);
  RegisterFetcher(pool);
  RegisterLedger(pool);
  RegisterLedgerShipping(pool);
  RegisterAccounting(pool);
  RegisterStatus(pool);
  RegisterMetrics(pool);
  RegisterHotSet(pool);
  RegisterHealth(pool);
  RegisterUnderway(pool);
  RegisterHiddenPassword(pool);
}

}  // namespace
}  // namespace audiodl

// Everything else is built with hidden visibility.
#pragma GCC visibility push(default)
extern "C" {
AP_DECLARE_MODULE(audiodl) = {
    STANDARD20_MODULE_STUFF,
    audiodl::CreateDirConfig,
    audiodl::MergeDirConfig,
    audiodl::CreateServerConfig,
    audiodl::MergeServerConfig,
    audiodl::Directives(),
    audiodl::Guarded<audiodl::RegisterHooks>,
    AP_MODULE_FLAG_NONE,
};
}
#pragma GCC visibility pop
