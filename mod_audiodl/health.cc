// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/health.h"

#include <httpd.h>

#include <http_config.h>
#include <http_core.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_watchdog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string_view>
#include <vector>

#include "common/cache/drain_flag.h"
#include "common/cache/listing.h"
#include "common/entitlement/revocation_set.h"
#include "common/fetch/follower.h"
#include "common/health/health_report.h"
#include "mod_audiodl/backends.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/session_store.h"

namespace audiodl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr apr_interval_time_t kInterval = apr_time_from_sec(2);
constexpr apr_interval_time_t kTick = apr_time_from_msec(200);

// --- finding out -------------------------------------------------------------------------------

// In pconf, so that each child has its own; used by the one child that mod_watchdog chooses.
struct Prober {
  server_rec* server = nullptr;
  std::atomic<bool> may_begin{false};  // mod_dbd is ready in this child
  apr_time_t next = 0;
};

void Note(server_rec* server, HealthBoard& board, const Backend& backend, const Status& status) {
  // Where it does not answer, what it would refuse is not known.
  if (status.code() == Code::kUnreachable || status.code() == Code::kBusy) return;
  const bool refused_before = board.NoteRefuses(backend.number(), !status.ok());
  if (!status.ok() && !refused_before) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server, "audiodl: %s answers, and refuses: %s",
                 backend.name().c_str(), status.text().c_str());
  }
  if (status.ok() && refused_before) {
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server, "audiodl: %s refuses no more",
                 backend.name().c_str());
  }
}

// mod_watchdog calls this every tick in one thread of one child. It must never return an error, or
// it is not called again.
apr_status_t Tick(int state, void* data, apr_pool_t*) {
  Prober& prober = *static_cast<Prober*>(data);
  const ServerConfig& config = ServerConfigOf(prober.server);
  const apr_time_t now = apr_time_now();
  const bool due = now >= prober.next || prober.next - now > kInterval;  // the clock was set back
  if (state != AP_WATCHDOG_STATE_RUNNING || !prober.may_begin || !due) return APR_SUCCESS;
  if (config.fetcher == nullptr) return APR_SUCCESS;  // no virtual host has a store
  HealthBoard& board = config.fetcher->shared->health;
  if (!board.AskedLately(Clock::now())) return APR_SUCCESS;
  config.backends->Probe([&](const Backend& backend, const Status& status) {
    Note(prober.server, board, backend, status);
  });
  prober.next = apr_time_now() + kInterval;
  return APR_SUCCESS;
}

// Without mod_watchdog what nobody has found out stays unknown, and counts as degraded.
int PostConfig(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  ServerConfig& config = ServerConfigOf(main_server);
  const auto get = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto add = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  if (get == nullptr || add == nullptr || config.backends == nullptr) return OK;
  auto* prober = NewInPool<Prober>(pconf);
  prober->server = main_server;
  ap_watchdog_t* watchdog = nullptr;
  constexpr int kInChildren = 0;
  constexpr int kInOneOfThem = 1;
  apr_status_t status = get(&watchdog, "_audiodl_health_", kInChildren, kInOneOfThem, pconf);
  if (status == APR_SUCCESS) status = add(watchdog, kTick, prober, Guarded<Tick, APR_SUCCESS>);
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, status, main_server,
                 "audiodl: mod_watchdog refuses the task of looking after the health");
    return OK;
  }
  config.health_prober = prober;
  return OK;
}

void ChildInit(apr_pool_t*, server_rec* main_server) {
  void* prober = ServerConfigOf(main_server).health_prober;
  if (prober != nullptr) static_cast<Prober*>(prober)->may_begin = true;
}

// --- telling -----------------------------------------------------------------------------------

void FillRights(const server_rec* server, HealthFacts& facts) {
  const ServerConfig& config = ServerConfigOf(server);
  const HealthBoard& board = config.fetcher->shared->health;
  const Backend* database = config.dbd == nullptr ? nullptr : config.dbd->BackendOf(server);
  if (database != nullptr) {
    facts.database = database->state();
    facts.database_refuses = board.Refuses(database->number());
  }
  if (config.session_store != nullptr) {
    // In the order of Breaker::State, but that not to know is worse than to know the good.
    const auto rank = [](Breaker::State state) {
      return state == Breaker::State::kAnswers ? -1 : static_cast<int>(state);
    };
    const auto worse = [&](Breaker::State a, Breaker::State b) { return rank(a) < rank(b); };
    const std::vector<Breaker::State> states = config.session_store->States();
    if (!states.empty()) {
      facts.best_session_store = *std::min_element(states.begin(), states.end(), worse);
      facts.worst_session_store = *std::max_element(states.begin(), states.end(), worse);
    }
  }
  if (config.revocation_set != nullptr) facts.revocations_known = config.revocation_set->known();
}

ListingState StateOfListing(const ServerConfig& config) {
  const Status status = CheckListed(config.listing.value_or(""));
  if (status.ok()) return ListingState::kOk;
  return status.code() == Code::kNotFound ? ListingState::kEmpty : ListingState::kUnreadable;
}

HealthFacts Facts(const server_rec* server) {
  const ServerConfig& config = ServerConfigOf(server);
  const SharedState& shared = *config.fetcher->shared;
  HealthFacts facts;
  facts.draining = IsDraining(config.store->cache_dir);
  facts.probed = ServerConfigOf(ap_server_conf).health_prober != nullptr;
  FillRights(server, facts);
  facts.fetcher_silence = shared.health.FetcherSilence(Clock::now());
  if (const Breaker* origin = shared.health.FindOrigin(config.store->id)) {
    facts.origin = origin->state();
  }
  facts.has_cached = shared.counters.fetcher.used_bytes.Get() > 0;
  facts.listing = StateOfListing(config);
  return facts;
}

int Send(request_rec* r, const HealthReport& report) {
  r->status = report.http_status();
  ap_set_content_type(r, "application/json");
  apr_table_setn(r->headers_out, "Cache-Control", "no-store");
  ap_set_content_length(r, static_cast<apr_off_t>(report.json.size()));
  if (!r->header_only) ap_rwrite(report.json.data(), static_cast<int>(report.json.size()), r);
  return OK;
}

int HandleHealth(request_rec* r) {
  if (r->handler == nullptr || std::string_view(r->handler) != "audiodl-health") return DECLINED;
  if (r->method_number != M_GET) {
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);  // HEAD goes with it
    return HTTP_METHOD_NOT_ALLOWED;
  }
  const ServerConfig& config = ServerConfigOf(r->server);
  if (config.fetcher == nullptr || !config.store) {
    ap_log_rerror(
        APLOG_MARK, APLOG_ERR, 0, r,
        "audiodl: SetHandler audiodl-health has nothing to tell of: this virtual host has "
        "no AudioCacheDir and AudioOrigin");
    return HTTP_SERVICE_UNAVAILABLE;
  }
  config.fetcher->shared->health.NoteAsked(Clock::now());
  return Send(r, ReportHealth(Facts(r->server)));
}

}  // namespace

void RegisterHealth(apr_pool_t*) {
  // After the backends are there, before mod_watchdog's own post_config, which starts what it has.
  static constexpr const char* kBefore[] = {"mod_watchdog.c", nullptr};
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, kBefore,
                      APR_HOOK_LAST);
  ap_hook_child_init(Guarded<ChildInit>, nullptr, nullptr, APR_HOOK_REALLY_LAST);
  ap_hook_handler(Guarded<HandleHealth, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                  APR_HOOK_MIDDLE);
}

}  // namespace audiodl
