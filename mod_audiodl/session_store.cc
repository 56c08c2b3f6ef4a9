// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/session_store.h"

#include <memory>
#include <utility>
#include <vector>

#include "mod_audiodl/backends.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/session_server.h"

namespace audiodl {
namespace {

class DatabaseSessions : public SessionStore {
 public:
  Result<std::optional<std::string>> Find(request_rec* r, std::string_view session_id) override {
    const ServerConfig& config = ServerConfigOf(r->server);
    if (config.dbd == nullptr || !config.session_query) {
      return Status(Code::kIo, "this virtual host has no AudioSessionQuery, or no mod_dbd");
    }
    return config.dbd->SelectValue(r, *config.session_query,
                                   {{"session", std::string(session_id)},
                                    {"now", std::to_string(apr_time_sec(r->request_time))}});
  }
};

// memcached or Redis. Of several servers each is asked in turn: which of them PHP has chosen
// depends on settings of its own.
class ServerSessions : public SessionStore {
 public:
  ServerSessions(const ServerConfig& config, server_rec* server)
      : spec_(config.SessionStoreIs()), timeout_(config.DbTimeout()) {
    for (const SessionStoreSpec::Server& address : spec_.servers) {
      servers_.push_back(
          std::make_unique<SessionServer>(spec_.kind, address, config.DbConnections(), server));
      config.backends->Add(servers_.back()->backend(), config.DbTimeout());
    }
  }

  Result<std::optional<std::string>> Find(request_rec*, std::string_view session_id) override {
    const std::string key = spec_.KeyOf(session_id);
    Status trouble;
    for (const auto& server : servers_) {
      Result<std::optional<std::string>> session = server->Get(key, timeout_);
      if (session.ok() && session->has_value()) return session;
      if (!session.ok()) trouble = session.status();
    }
    // One that does not answer may be the one that has it.
    if (!trouble.ok()) return trouble;
    return std::optional<std::string>();
  }

  std::vector<Breaker::State> States() const override {
    std::vector<Breaker::State> states;
    for (const auto& server : servers_) states.push_back(server->backend().state());
    return states;
  }

 private:
  const SessionStoreSpec spec_;
  const std::chrono::milliseconds timeout_;
  std::vector<std::unique_ptr<SessionServer>> servers_;
};

int MakeStores(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.CanFindSessions() || config.session_store != nullptr) continue;
    if (config.SessionStoreIs().IsDatabase()) {
      config.session_store = NewInPool<DatabaseSessions>(pconf);
    } else {
      config.session_store = NewInPool<ServerSessions>(pconf, config, server);
    }
  }
  return OK;
}

}  // namespace

void RegisterSessionStore(apr_pool_t*) {
  ap_hook_post_config(Guarded<MakeStores, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_FIRST);
}

}  // namespace audiodl
