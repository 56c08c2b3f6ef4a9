// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/backends.h"

#include <ap_mpm.h>
#include <http_main.h>
#include <mpm_common.h>

#include <algorithm>

#include "common/fetch/follower.h"
#include "common/fetch/shared_state.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// Whoever closes a connection that works needs no more; what hangs is broken after it.
constexpr std::chrono::milliseconds kPatience{1000};

int MakeBackends(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  auto* backends = NewInPool<Backends>(pconf);
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfigOf(server).backends = backends;
  }
  return OK;
}

apr_status_t StopBackends(void* backends) {
  static_cast<Backends*>(backends)->Stop(kPatience);
  return APR_SUCCESS;
}

// Their threads must be gone before the pools of mod_dbd, which are children of pchild: hence the
// pre-cleanup.
void ChildInit(apr_pool_t* pchild, server_rec* main_server) {
  const ServerConfig& config = ServerConfigOf(main_server);
  if (config.backends == nullptr || config.fetcher == nullptr) return;
  config.backends->Attach(config.fetcher->shared->counters);
  apr_pool_pre_cleanup_register(pchild, config.backends, Guarded<StopBackends, APR_EGENERAL>);
}

// Not gracefully: workers that wait for a database are to end now.
void ChildStopping(apr_pool_t*, int graceful) {
  const ServerConfig& config = ServerConfigOf(ap_server_conf);
  if (!graceful && config.backends != nullptr) {
    config.backends->Stop(std::chrono::milliseconds(0));
  }
}

}  // namespace

void Backends::Attach(Counters& counters) {
  for (size_t i = 0; i < backends_.size(); ++i) backends_[i].backend->Attach(counters, i);
}

void Backends::Stop(std::chrono::milliseconds patience) {
  for (const Entry& entry : backends_) entry.backend->Stop(patience);
}

// As for the origin: half of a process's workers are there for hits.
CallThreads::Limits LimitsFor(size_t connections) {
  int threads = 1;
  ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
  CallThreads::Limits limits;
  limits.threads = connections;
  limits.waiting = static_cast<size_t>(std::max(1, threads / 2));
  return limits;
}

void RegisterBackends(apr_pool_t*) {
  ap_hook_post_config(Guarded<MakeBackends, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_REALLY_FIRST);
  ap_hook_child_init(Guarded<ChildInit>, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_child_stopping(Guarded<ChildStopping>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
