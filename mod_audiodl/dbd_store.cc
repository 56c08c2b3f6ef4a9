// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/dbd_store.h"

#include <apr_dbd.h>
#include <apr_strings.h>

#include <http_config.h>
#include <utility>

#include "mod_audiodl/dbd_select.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {

// Gives the connection back when the scope ends, whatever happened in it.
class DbdStore::Connection {
 public:
  Connection(DbdStore& store, apr_pool_t* pool, server_rec* server)
      : store_(store), server_(server), connection_(store.OpenLiveConnection(pool, server)) {}
  ~Connection() {
    if (connection_ != nullptr) store_.functions_.close(server_, connection_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ap_dbd_t* get() const { return connection_; }

 private:
  DbdStore& store_;
  server_rec* server_;
  ap_dbd_t* connection_;
};

void DbdStore::Prepare(server_rec* server, const SqlStatement& statement) const {
  functions_.prepare(server, statement.text().c_str(), statement.label().c_str());
}

// After a restart of the database every pooled connection is dead. ap_dbd_open() pings the one it
// takes from the pool, closes it if it is dead, and fails, so a pool of ten dead connections would
// fail ten requests. Where a connection was closed meanwhile, asking again is worth while: each
// time there is one dead connection less, and the next may be new. Where none was, the database
// itself is away.
ap_dbd_t* DbdStore::OpenLiveConnection(apr_pool_t* pool, server_rec* server) {
  static constexpr int kMaxAttempts = 100;  // far more connections than one child has
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const unsigned closed_before = closed_connections_;
    ap_dbd_t* connection = functions_.open(pool, server);
    if (connection != nullptr || closed_connections_ == closed_before) return connection;
  }
  return nullptr;
}

Result<std::optional<DbRow>> DbdStore::SelectRow(request_rec* r, const SqlStatement& statement,
                                                 const std::vector<SqlValue>& values) {
  Result<std::vector<DbRow>> rows = SelectRows(r->pool, r->server, statement, values, 1);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<DbRow>();
  return std::optional(std::move(rows->front()));
}

Result<std::optional<std::string>> DbdStore::SelectValue(request_rec* r,
                                                         const SqlStatement& statement,
                                                         const std::vector<SqlValue>& values) {
  Result<std::optional<DbRow>> row = SelectRow(r, statement, values);
  if (!row.ok()) return row.status();
  if (!row->has_value() || (*row)->empty()) return std::optional<std::string>();
  return std::move((*row)->front());
}

Result<std::vector<DbRow>> DbdStore::SelectRows(apr_pool_t* pool, server_rec* server,
                                                const SqlStatement& statement,
                                                const std::vector<SqlValue>& values,
                                                size_t max_rows) {
  BoundValues bound = statement.Bind(values);
  // What a connection is opened with must outlive it; results must not.
  ScopedPool connection_pool(pool);
  for (bool is_second_try = false;; is_second_try = true) {
    Connection connection(*this, connection_pool.get(), server);
    if (connection.get() == nullptr) {
      return Status(Code::kUnreachable,
                    "no connection to the database: mod_dbd says why in the lines above");
    }
    ScopedPool result_pool(connection_pool.get());
    const DbdQuery query{statement, bound, max_rows, result_pool.get(),
                         apr_bucket_alloc_create(result_pool.get())};
    Result<std::vector<DbRow>> rows = RunPrepared(connection.get(), query);
    if (rows.ok() || is_second_try) return rows;

    ap_log_error(APLOG_MARK, APLOG_INFO, 0, server, "audiodl: trying once more: %s",
                 rows.status().text().c_str());
    // A dead connection goes back to the pool, where the next ap_dbd_open() will find it dead and
    // close it. One that lives may have been renewed behind our back (libmariadb's reconnect=1,
    // libpq's reset) or seen the schema change (SQLite): in all three cases the connection works
    // and the statement never will again, unless it is prepared anew.
    const bool is_alive = apr_dbd_check_conn(connection.get()->driver, result_pool.get(),
                                             connection.get()->handle) == APR_SUCCESS;
    if (is_alive) return PrepareAndRun(connection.get(), query);
  }
}

namespace {

apr_status_t NoteClosed(void* store) {
  static_cast<DbdStore*>(store)->NoteClosedConnection();
  return APR_SUCCESS;
}

// mod_dbd runs this for each new connection; the pool ends with it.
apr_status_t WatchConnection(apr_pool_t* pool, dbd_cfg_t* config, ap_dbd_t*) {
  if (DbdStore* store = ServerConfigOf(config->server).dbd; store != nullptr) {
    apr_pool_cleanup_register(pool, store, Guarded<NoteClosed, APR_EGENERAL>,
                              apr_pool_cleanup_null);
  }
  return APR_SUCCESS;
}

// Servers that share one configuration of mod_dbd's would prepare the same statement twice, which
// it answers with a warning.
class PreparedOnce {
 public:
  explicit PreparedOnce(const module* dbd) : dbd_(dbd) {}

  void Prepare(const DbdStore& store, server_rec* server, const SqlStatement& statement) {
    const std::pair key(ap_get_module_config(server->module_config, dbd_), &statement.label());
    for (const auto& [config, label] : done_) {
      if (config == key.first && *label == *key.second) return;
    }
    store.Prepare(server, statement);
    done_.push_back(key);
  }

 private:
  const module* dbd_;
  std::vector<std::pair<void*, const std::string*>> done_;
};

int PrepareStatements(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  const DbdStore::Functions functions = {APR_RETRIEVE_OPTIONAL_FN(ap_dbd_prepare),
                                         APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open),
                                         APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close)};
  const module* dbd = ap_find_linked_module("mod_dbd.c");
  if (functions.prepare == nullptr || dbd == nullptr) return OK;

  auto* store = NewInPool<DbdStore>(pconf, functions);
  PreparedOnce prepared(dbd);
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    config.dbd = store;
    if (config.session_query) prepared.Prepare(*store, server, *config.session_query);
    if (config.entitlement_query) prepared.Prepare(*store, server, *config.entitlement_query);
    if (config.session_entitlement_query) {
      prepared.Prepare(*store, server, *config.session_entitlement_query);
    }
    if (config.Revocations()) prepared.Prepare(*store, server, RevocationStatement());
  }
  return OK;
}

}  // namespace

void RegisterDbdStore(apr_pool_t*) {
  // Before mod_dbd's own post_config: there it decides which servers share connections, by
  // comparing their statements.
  static constexpr const char* kBefore[] = {"mod_dbd.c", nullptr};
  ap_hook_post_config(Guarded<PrepareStatements, HTTP_INTERNAL_SERVER_ERROR>, nullptr, kBefore,
                      APR_HOOK_FIRST);
  APR_OPTIONAL_HOOK(dbd, post_connect, (Guarded<WatchConnection, APR_EGENERAL>), nullptr, nullptr,
                    APR_HOOK_MIDDLE);
}

}  // namespace audiodl
