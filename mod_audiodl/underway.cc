// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/underway.h"

#include <httpd.h>

#include <ap_mpm.h>
#include <apr_portable.h>
#include <http_config.h>
#include <http_core.h>
#include <http_main.h>
#include <http_request.h>
#include <mod_watchdog.h>
#include <unistd.h>
#include <util_filter.h>

#include <chrono>
#include <string_view>

#include "common/fetch/downloads_underway.h"
#include "common/fetch/follower.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr char kFilterName[] = "AUDIODL_UNDERWAY";
constexpr apr_interval_time_t kTick = apr_time_from_msec(500);

DownloadsUnderway* AllOf(const server_rec* main_server) {
  return static_cast<DownloadsUnderway*>(ServerConfigOf(main_server).underway);
}

// -1: there is none.
int SocketOf(conn_rec* c) {
  apr_os_sock_t socket = -1;
  apr_socket_t* found = ap_get_conn_socket(c->master != nullptr ? c->master : c);
  if (found == nullptr || apr_os_sock_get(&socket, found) != APR_SUCCESS) return -1;
  return socket;
}

// The first bytes of the response: now its length is known. Once.
apr_status_t Begin(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  request_rec* r = filter->r;
  DownloadsUnderway* all = AllOf(ap_server_conf);
  if (all != nullptr && ap_is_HTTP_SUCCESS(r->status) && r->clength > 0) {
    NewInPool<DownloadsUnderway::One>(r->pool, *all, SocketOf(r->connection),
                                      static_cast<uint64_t>(r->clength));
  }
  ap_remove_output_filter(filter);
  return ap_pass_brigade(filter->next, brigade);
}

void InsertFilter(request_rec* r) {
  if (r->handler == nullptr || std::string_view(r->handler) != "audiodl" || r->header_only) return;
  ap_add_output_filter(kFilterName, nullptr, r, r->connection);
}

// In every child.
apr_status_t Tick(int state, void*, apr_pool_t*) {
  const FetcherLink* link = ServerConfigOf(ap_server_conf).fetcher;
  DownloadsUnderway* all = AllOf(ap_server_conf);
  if (state != AP_WATCHDOG_STATE_RUNNING || link == nullptr || all == nullptr) return APR_SUCCESS;
  if (link->shared->health.WatchedLately(std::chrono::steady_clock::now())) all->Sample();
  return APR_SUCCESS;
}

bool IsThreaded() {
  int threaded = 0;
  return ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) == APR_SUCCESS && threaded != 0;
}

// Without mod_watchdog a download's bytes all count as left until it ends; so they do under
// prefork, whose many processes shall not each have a thread for that.
int PostConfig(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  const auto get = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto add = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  if (get == nullptr || add == nullptr || !IsThreaded()) return OK;
  ap_watchdog_t* watchdog = nullptr;
  constexpr int kInChildren = 0;
  constexpr int kInAllOfThem = 0;
  apr_status_t status = get(&watchdog, "_audiodl_underway_", kInChildren, kInAllOfThem, pconf);
  if (status == APR_SUCCESS) status = add(watchdog, kTick, main_server, Guarded<Tick, APR_SUCCESS>);
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, status, main_server,
                 "audiodl: mod_watchdog refuses the task of looking after the downloads");
  }
  return OK;
}

// In a pool that is never cleaned up in a child, because requests may end after everything else.
void ChildInit(apr_pool_t*, server_rec* main_server) {
  ServerConfig& config = ServerConfigOf(main_server);
  if (config.fetcher == nullptr) return;
  ProcessGauges& processes = config.fetcher->shared->counters.processes;
  config.underway =
      NewInPool<DownloadsUnderway>(main_server->process->pconf, processes.Of(getpid()));
}

}  // namespace

void RegisterUnderway(apr_pool_t*) {
  // A content filter would have to be waited for (gate.h).
  ap_register_output_filter(kFilterName, Guarded<Begin, APR_EGENERAL>, nullptr, AP_FTYPE_PROTOCOL);
  static constexpr const char* kBefore[] = {"mod_watchdog.c", nullptr};
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, kBefore,
                      APR_HOOK_LAST);
  ap_hook_child_init(Guarded<ChildInit>, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_insert_filter(Guarded<InsertFilter>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
