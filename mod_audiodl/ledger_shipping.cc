// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/ledger_shipping.h"

#include <apr_time.h>
#include <http_core.h>
#include <mod_watchdog.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "common/fetch/follower.h"
#include "common/fetch/shared_state.h"
#include "common/ledger/ledger_shipper.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/ledger.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr apr_interval_time_t kInterval = apr_time_from_sec(1);
constexpr apr_interval_time_t kForgetInterval = apr_time_from_sec(3600);

const LedgerStatements& LedgerSql() {
  static const LedgerStatements kStatements;
  return kStatements;
}

// A virtual host's database as the ledger wants it.
class DbdLedger : public LedgerDatabase {
 public:
  explicit DbdLedger(server_rec* server) : server_(server) {}

  Result<std::vector<Row>> Select(const SqlStatement& statement,
                                  const std::vector<SqlValue>& values) override {
    return ServerConfigOf(server_).dbd->SelectRows(nullptr, server_, statement, values, 1);
  }
  Result<uint64_t> Execute(const SqlStatement& statement,
                           const std::vector<SqlValue>& values) override {
    return ServerConfigOf(server_).dbd->Execute(server_, statement, values);
  }

 private:
  server_rec* server_;
};

// One virtual host's journals and database, as the process that ships knows them.
class Shipping {
 public:
  explicit Shipping(server_rec* server)
      : server_(server),
        database_(server),
        store_(database_, LedgerSql(),
               {.window = std::chrono::floor<std::chrono::seconds>(
                    ServerConfigOf(server).LedgerWindow())}),
        shipper_({.directory = ServerConfigOf(server).LedgerDir(),
                  .prefix = ServerConfigOf(server).ledger_prefix},
                 store_, LogTo(server)) {}

  // Returns how many entries still wait.
  uint64_t Ship(LedgerCounters& counters) {
    const uint64_t completions = store_.completions();
    const LedgerShipper::Outcome outcome = shipper_.Ship();
    counters.completions.Add(store_.completions() - completions);
    counters.lost.Add(outcome.lost);
    // The process that ships them tells.
    if (outcome.status.code() != Code::kBusy) Report(outcome.status);
    if (outcome.status.ok()) ForgetSometimes();
    return outcome.waiting;
  }

 private:
  void Report(const Status& status) {
    if (!status.ok() && !failed_) {
      ap_log_error(APLOG_MARK, APLOG_ERR, 0, server_,
                   "audiodl: what was delivered cannot be written to the tables "
                   "audiodl_completions and audiodl_open_parts (%s); it is kept in %s until it can",
                   status.text().c_str(), ServerConfigOf(server_).LedgerDir().c_str());
    }
    if (status.ok() && failed_) {
      ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server_,
                   "audiodl: what was delivered is written to the database again");
    }
    failed_ = !status.ok();
  }

  void ForgetSometimes() {
    const apr_time_t now = apr_time_now();
    if (now < next_forget_ && next_forget_ - now <= kForgetInterval) return;
    next_forget_ = now + kForgetInterval;
    const Status status = store_.Forget(std::chrono::system_clock::now());
    if (!status.ok()) Report(status);
  }

  server_rec* server_;
  DbdLedger database_;
  LedgerStore store_;
  LedgerShipper shipper_;
  bool failed_ = false;  // the last time; said once
  apr_time_t next_forget_ = 0;
};

// In pconf, so that each child has its own; used by the one child that mod_watchdog chooses.
struct Ledgers {
  std::vector<std::unique_ptr<Shipping>> shippings;
  LedgerCounters* counters = nullptr;
  std::atomic<bool> may_begin{false};  // mod_dbd is ready in this child
};

// mod_watchdog calls this in one thread of one child. It must never return an error, or it is not
// called again.
apr_status_t Tick(int state, void* data, apr_pool_t*) {
  Ledgers& ledgers = *static_cast<Ledgers*>(data);
  if (state != AP_WATCHDOG_STATE_RUNNING || !ledgers.may_begin) return APR_SUCCESS;
  uint64_t waiting = 0;
  for (const auto& shipping : ledgers.shippings) waiting += shipping->Ship(*ledgers.counters);
  ledgers.counters->waiting.Set(waiting);
  return APR_SUCCESS;
}

int PostConfig(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  MarkLedgerServers(main_server);
  const std::vector<server_rec*> servers = LedgerServers(main_server);
  if (servers.empty()) return OK;
  const auto get = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto add = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  if (get == nullptr || add == nullptr) return HTTP_INTERNAL_SERVER_ERROR;  // see ledger_check.cc

  auto* ledgers = NewInPool<Ledgers>(pconf);
  for (server_rec* server : servers) {
    ledgers->shippings.push_back(std::make_unique<Shipping>(server));
  }
  ap_watchdog_t* watchdog = nullptr;
  constexpr int kInChildren = 0;
  constexpr int kInOneOfThem = 1;
  apr_status_t status = get(&watchdog, "_audiodl_ledger_", kInChildren, kInOneOfThem, pconf);
  if (status == APR_SUCCESS) {
    status = add(watchdog, kInterval, ledgers, Guarded<Tick, APR_SUCCESS>);
  }
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, main_server,
                 "audiodl: AudioLedger: mod_watchdog refuses the task of shipping it");
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  ServerConfigOf(main_server).ledgers = ledgers;
  return OK;
}

// mod_watchdog's thread may run before mod_dbd has set itself up in this child, which it must not
// be asked anything before.
void ChildInit(apr_pool_t*, server_rec* main_server) {
  const ServerConfig& config = ServerConfigOf(main_server);
  if (config.ledgers == nullptr || config.fetcher == nullptr) return;
  Ledgers& ledgers = *static_cast<Ledgers*>(config.ledgers);
  ledgers.counters = &config.fetcher->shared->counters.ledger;
  ledgers.may_begin = true;
}

}  // namespace

void RegisterLedgerShipping(apr_pool_t*) {
  // After the memory is mapped, before mod_watchdog's own post_config, which starts what it has.
  static constexpr const char* kBefore[] = {"mod_watchdog.c", nullptr};
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, kBefore,
                      APR_HOOK_LAST);
  ap_hook_child_init(Guarded<ChildInit>, nullptr, nullptr, APR_HOOK_REALLY_LAST);
}

}  // namespace audiodl
