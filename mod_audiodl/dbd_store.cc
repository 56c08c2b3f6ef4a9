// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/dbd_store.h"

#include <http_config.h>
#include <algorithm>
#include <memory>
#include <utility>

#include "common/calls/own_sockets.h"
#include "mod_audiodl/backends.h"
#include "mod_audiodl/conf_tree.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/ledger_check.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {

namespace {

const module* Dbd() { return ap_find_linked_module("mod_dbd.c"); }

// Servers that have the same one are the same to mod_dbd.
const void* DbdConfigOf(const server_rec* server) {
  return ap_get_module_config(server->module_config, Dbd());
}

// mod_dbd lets nobody have more than DBDMax, and who asks for more waits without end.
size_t ConnectionsOf(const server_rec* server) {
  const DbdSettings dbd = DbdSettingsOf(server);
  const size_t wanted = ServerConfigOf(server).DbConnections();
  return dbd.persist ? std::min(wanted, std::max<size_t>(dbd.max, 1)) : wanted;
}

}  // namespace

// One database, as the servers with one configuration of mod_dbd's see it.
struct DbdStore::Database {
  Database(DbdStore& store, server_rec* server_of_it)
      : config(DbdConfigOf(server_of_it)),
        server(server_of_it),
        port(DbdSettingsOf(server).port),
        backend(
            "the database", LimitsFor(ConnectionsOf(server)),
            [this, &store] {
              return std::make_unique<DbdConnection>(DbdConnection::Options{
                  store.functions_, server, port, store.sockets_, backend.counters().processes});
            },
            LogTo(server)) {}

  // Runs the customers' own statements with no values: NULL equals nothing, so they find nothing.
  Status Probe(DbdConnection& connection, const CallThreads::Abandoned& abandoned) const {
    for (const SqlStatement* statement : probed) {
      BoundValues none = statement->Bind({});
      const Status status = connection.Select({*statement, none, 1}, abandoned).status();
      if (!status.ok()) return status;
    }
    return Status::Ok();
  }

  const void* config;
  server_rec* server;
  uint16_t port;
  std::vector<const std::string*> prepared;  // labels
  std::vector<const SqlStatement*> probed;
  Backend backend;
};

DbdStore::DbdStore(const DbdFunctions& functions) : functions_(functions) {}
DbdStore::~DbdStore() = default;

DbdStore::Database* DbdStore::Find(const server_rec* server) const {
  const void* config = DbdConfigOf(server);
  const auto found = std::find_if(databases_.begin(), databases_.end(),
                                  [config](const auto& it) { return it->config == config; });
  return found == databases_.end() ? nullptr : found->get();
}

void DbdStore::Add(server_rec* server, Backends& backends) {
  if (Find(server) != nullptr) return;
  Backend& backend = databases_.emplace_back(std::make_unique<Database>(*this, server))->backend;
  backend.SetProbe([database = databases_.back().get()](CallThreads::Seat& seat,
                                                        const CallThreads::Abandoned& abandoned) {
    return database->Probe(static_cast<DbdConnection&>(seat), abandoned);
  });
  backends.Add(backend, ServerConfigOf(server).DbTimeout());
}

const Backend* DbdStore::BackendOf(const server_rec* server) const {
  const Database* database = Find(server);
  return database == nullptr ? nullptr : &database->backend;
}

void DbdStore::Prepare(server_rec* server, const SqlStatement& statement) {
  std::vector<const std::string*>& prepared = Find(server)->prepared;
  // What is prepared twice is worth a warning to mod_dbd.
  const bool known = std::any_of(prepared.begin(), prepared.end(), [&](const std::string* label) {
    return *label == statement.label();
  });
  if (known) return;
  functions_.prepare(server, statement.text().c_str(), statement.label().c_str());
  prepared.push_back(&statement.label());
  // The one of the revocations has no values, finds them all, and is run all the time anyway.
  if (&statement != &RevocationStatement()) Find(server)->probed.push_back(&statement);
}

void DbdStore::BeginWatch() {
  if (databases_.empty()) return;
  watch_ = std::make_unique<OverdueWatch>(ServerConfigOf(databases_.front()->server).DbTimeout(),
                                          [this, before = OwnSockets()] {
                                            sockets_.BreakUntaken();
                                            for (const auto& database : databases_)
                                              ShutDownSocketsTo(database->port, before);
                                          });
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

Result<std::shared_ptr<DbdStore::Exchange>> DbdStore::Ask(server_rec* server, BoundValues values,
                                                          Question question) {
  const auto exchange = std::make_shared<Exchange>(Exchange{std::move(values), {}});
  Database* database = Find(server);
  if (database == nullptr) return Status(Code::kIo, "this server has no database");
  const Status status = database->backend.Ask(
      [exchange, question = std::move(question)](CallThreads::Seat& seat,
                                                 const CallThreads::Abandoned& abandoned) {
        return question(static_cast<DbdConnection&>(seat), *exchange, abandoned);
      },
      ServerConfigOf(server).DbTimeout());
  if (!status.ok()) return status;
  return exchange;
}

Result<std::vector<DbRow>> DbdStore::SelectRows(apr_pool_t*, server_rec* server,
                                                const SqlStatement& statement,
                                                const std::vector<SqlValue>& values,
                                                size_t max_rows) {
  const auto answer = Ask(server, statement.Bind(values),
                          [&statement, max_rows](DbdConnection& connection, Exchange& exchange,
                                                 const CallThreads::Abandoned& abandoned) {
                            const DbdStatement asked{statement, exchange.values, max_rows};
                            Result<std::vector<DbRow>> rows = connection.Select(asked, abandoned);
                            if (rows.ok()) exchange.rows = std::move(rows).value();
                            return rows.status();
                          });
  if (!answer.ok()) return answer.status();
  return std::move((*answer)->rows);
}

Result<uint64_t> DbdStore::Execute(server_rec* server, const SqlStatement& statement,
                                   const std::vector<SqlValue>& values) {
  const auto answer =
      Ask(server, statement.Bind(values),
          [&statement](DbdConnection& connection, Exchange& exchange,
                       const CallThreads::Abandoned& abandoned) {
            const DbdStatement asked{statement, exchange.values, 0, &exchange.changed};
            return connection.Select(asked, abandoned).status();
          });
  if (!answer.ok()) return answer.status();
  return (*answer)->changed;
}

namespace {

// mod_dbd runs this for each new connection; the pool ends just before it.
apr_status_t RegisterConnection(apr_pool_t* pool, dbd_cfg_t* config, ap_dbd_t* connection) {
  if (DbdStore* store = ServerConfigOf(config->server).dbd; store != nullptr) {
    NewInPool<DbdSockets::Registration>(pool, store->sockets(), connection);
  }
  return APR_SUCCESS;
}

// What downloads need. The statements of pages and of the ledger are prepared when they are first
// run: mod_dbd would give up each connection on which it cannot prepare one, and downloads must go
// on without them.
std::vector<const SqlStatement*> StatementsOf(const ServerConfig& config) {
  std::vector<const SqlStatement*> statements;
  for (const auto* query :
       {&config.session_query, &config.entitlement_query, &config.session_entitlement_query}) {
    if (*query) statements.push_back(&**query);
  }
  if (config.Revocations()) statements.push_back(&RevocationStatement());
  return statements;
}

int PrepareStatements(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  const DbdFunctions functions = {APR_RETRIEVE_OPTIONAL_FN(ap_dbd_prepare),
                                  APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open),
                                  APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close)};
  if (functions.prepare == nullptr || Dbd() == nullptr) return OK;

  auto* store = NewInPool<DbdStore>(pconf, functions);
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    config.dbd = store;
    const std::vector<const SqlStatement*> statements = StatementsOf(config);
    const bool asks_later = config.page_query || config.books_query || KeepsLedger(server);
    if (statements.empty() && !asks_later) continue;
    store->Add(server, *config.backends);
    for (const SqlStatement* statement : statements) store->Prepare(server, *statement);
  }
  return OK;
}

void BeginWatch(apr_pool_t*, server_rec* main_server) {
  if (DbdStore* store = ServerConfigOf(main_server).dbd) store->BeginWatch();
}

void EndWatch(apr_pool_t*, server_rec* main_server) {
  if (DbdStore* store = ServerConfigOf(main_server).dbd) store->EndWatch();
}

}  // namespace

void RegisterDbdStore(apr_pool_t*) {
  // Before mod_dbd's own post_config: there it decides which servers share connections, by
  // comparing their statements.
  static constexpr const char* kDbd[] = {"mod_dbd.c", nullptr};
  ap_hook_post_config(Guarded<PrepareStatements, HTTP_INTERNAL_SERVER_ERROR>, nullptr, kDbd,
                      APR_HOOK_FIRST);
  ap_hook_child_init(Guarded<BeginWatch>, nullptr, kDbd, APR_HOOK_MIDDLE);
  ap_hook_child_init(Guarded<EndWatch>, kDbd, nullptr, APR_HOOK_MIDDLE);
  APR_OPTIONAL_HOOK(dbd, post_connect, (Guarded<RegisterConnection, APR_EGENERAL>), nullptr,
                    nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
