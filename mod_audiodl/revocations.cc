// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/revocations.h"

#include <apr_time.h>
#include <http_core.h>
#include <mod_watchdog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <utility>
#include <vector>

#include "common/entitlement/revocation_set.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr apr_interval_time_t kInterval = apr_time_from_sec(2);
constexpr apr_interval_time_t kTick = apr_time_from_msec(100);

// One virtual host's table, as the process that reads it knows it.
struct Source {
  server_rec* server;
  bool failed;  // the last time; said once
};

// In pconf, so that each child has its own; used by the one child that mod_watchdog chooses.
struct Reader {
  std::vector<Source> sources;
  std::atomic<bool> may_begin{false};  // mod_dbd is ready in this child
  apr_time_t next = 0;
};

// REQUIRES: a row of three columns, the first not NULL.
RevocationSet::Entry EntryOf(const DbRow& row) {
  if (row[2]) return RevocationSet::ForDevice(*row[0], *row[2]);
  return row[1] ? RevocationSet::ForBook(*row[0], *row[1]) : RevocationSet::ForAllBooks(*row[0]);
}

Result<std::vector<RevocationSet::Entry>> ReadTable(apr_pool_t* pool, server_rec* server) {
  const ServerConfig& config = ServerConfigOf(server);
  // One more than fits in, so that too many are seen to be too many.
  const Result<std::vector<DbRow>> rows = config.dbd->SelectRows(
      pool, server, RevocationStatement(), {}, RevocationSet::kMaxEntries + 1);
  if (!rows.ok()) return rows.status();
  std::vector<RevocationSet::Entry> entries;
  entries.reserve(rows->size());
  for (const DbRow& row : *rows) {
    if (row.size() != 3 || !row[0]) return Status::Invalid("a revocation without a customer");
    entries.push_back(EntryOf(row));
  }
  return entries;
}

Status Refresh(apr_pool_t* pool, server_rec* server) {
  Result<std::vector<RevocationSet::Entry>> entries = ReadTable(pool, server);
  if (!entries.ok()) return entries.status();
  return ServerConfigOf(server).revocation_set->Replace(std::move(entries).value());
}

void Report(Source& source, const Status& status) {
  const RevocationSet& set = *ServerConfigOf(source.server).revocation_set;
  if (!status.ok() && !source.failed) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, source.server,
                 "audiodl: cannot read the table audiodl_revocations (%s); %s",
                 status.text().c_str(),
                 set.known() ? "those known stay in force"
                             : "downloads are answered 503 until it can be read");
  }
  if (status.ok() && source.failed) {
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, source.server,
                 "audiodl: the table audiodl_revocations can be read again, %" APR_SIZE_T_FMT
                 " in force",
                 set.size());
  }
  source.failed = !status.ok();
}

// mod_watchdog calls this every tick in one thread of one child. It must never return an error, or
// it is not called again.
apr_status_t Tick(int state, void* data, apr_pool_t* pool) {
  Reader& reader = *static_cast<Reader*>(data);
  const apr_time_t now = apr_time_now();
  const bool due = now >= reader.next || reader.next - now > kInterval;  // the clock was set back
  if (state != AP_WATCHDOG_STATE_RUNNING || !reader.may_begin || !due) return APR_SUCCESS;
  reader.next = now + kInterval;
  for (Source& source : reader.sources) Report(source, Refresh(pool, source.server));
  return APR_SUCCESS;
}

std::vector<Source> SourcesOf(server_rec* main_server) {
  std::vector<Source> sources;
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    const ServerConfig& config = ServerConfigOf(server);
    if (config.revocation_set != nullptr && config.dbd != nullptr) {
      sources.push_back({server, false});
    }
  }
  return sources;
}

int PostConfig(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  std::vector<Source> sources = SourcesOf(main_server);
  if (sources.empty()) return OK;
  const auto get = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto add = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  if (get == nullptr || add == nullptr) return HTTP_INTERNAL_SERVER_ERROR;  // see config_check.cc

  auto* reader = NewInPool<Reader>(pconf);
  reader->sources = std::move(sources);
  ap_watchdog_t* watchdog = nullptr;
  constexpr int kInChildren = 0;
  constexpr int kInOneOfThem = 1;
  apr_status_t status = get(&watchdog, "_audiodl_revocations_", kInChildren, kInOneOfThem, pconf);
  if (status == APR_SUCCESS) {
    status = add(watchdog, kTick, reader, Guarded<Tick, APR_SUCCESS>);
  }
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, main_server,
                 "audiodl: AudioRevocations: mod_watchdog refuses the task of reading them");
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  ServerConfigOf(main_server).revocation_reader = reader;
  return OK;
}

// mod_watchdog's thread may run before mod_dbd has set itself up in this child, which it must not
// be asked anything before.
void ChildInit(apr_pool_t*, server_rec* main_server) {
  void* reader = ServerConfigOf(main_server).revocation_reader;
  if (reader != nullptr) static_cast<Reader*>(reader)->may_begin = true;
}

bool WaitUntilKnown(const RevocationSet& set) {
  for (int tries = 0; tries < 50 && !set.known(); ++tries) apr_sleep(apr_time_from_msec(20));
  return set.known();
}

}  // namespace

namespace {

// Whether any of these is in the set of the virtual host.
Revoked IsAnyRevoked(request_rec* r, std::span<const RevocationSet::Entry> entries) {
  const RevocationSet& set = *ServerConfigOf(r->server).revocation_set;
  if (!set.known() && !WaitUntilKnown(set)) return Revoked::kUnknown;
  const bool revoked = std::any_of(entries.begin(), entries.end(),
                                   [&](const auto& entry) { return set.Contains(entry); });
  return revoked ? Revoked::kYes : Revoked::kNo;
}

// Where digests need not be made, as most of the time.
bool NothingIsRevoked(request_rec* r) {
  const RevocationSet* set = ServerConfigOf(r->server).revocation_set;
  return set == nullptr || (set->known() && set->empty());
}

}  // namespace

Revoked IsRevoked(request_rec* r, std::string_view customer, std::string_view book) {
  if (NothingIsRevoked(r)) return Revoked::kNo;
  const std::array<RevocationSet::Entry, 2> entries = {RevocationSet::ForAllBooks(customer),
                                                       RevocationSet::ForBook(customer, book)};
  return IsAnyRevoked(r, entries);
}

Revoked IsDeviceRevoked(request_rec* r, std::string_view customer, std::string_view device) {
  if (NothingIsRevoked(r)) return Revoked::kNo;
  return IsAnyRevoked(r, std::array{RevocationSet::ForDevice(customer, device)});
}

const SqlStatement& RevocationStatement() {
  static const SqlStatement kStatement(
      SqlTemplate::Parse(
          "SELECT customer, book, device FROM audiodl_revocations WHERE lifted_at IS NULL", {})
          .value());
  return kStatement;
}

void RegisterRevocations(apr_pool_t*) {
  // After the memory is mapped, before mod_watchdog's own post_config, which starts what it has.
  static constexpr const char* kBefore[] = {"mod_watchdog.c", nullptr};
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, kBefore,
                      APR_HOOK_LAST);
  ap_hook_child_init(Guarded<ChildInit>, nullptr, nullptr, APR_HOOK_REALLY_LAST);
}

}  // namespace audiodl
