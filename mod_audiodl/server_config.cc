// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/server_config.h"

#include "common/session/session_cookie.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"

namespace audiodl {
namespace {

void* NewServerConfig(apr_pool_t* pool) { return NewInPool<ServerConfig>(pool); }

// What overrides, with what it does not say from the base.
template <typename Config>
Config* Inherit(apr_pool_t* pool, const Config& base, const Config& overriding) {
  Config* merged = NewInPool<Config>(pool, overriding);
  const auto inherit = [&](auto setting) {
    if (!(merged->*setting)) merged->*setting = base.*setting;
  };
  std::apply([&](auto... setting) { (inherit(setting), ...); }, Config::Settings());
  return merged;
}

void* Merge(apr_pool_t* pool, const ServerConfig* base, const ServerConfig* overriding) {
  ServerConfig* merged = Inherit(pool, *base, *overriding);
  if (overriding->session_preset) {
    // It stands for all four, so what was said outside about one of them would not fit to it.
    merged->session_cookie = overriding->session_cookie;
    merged->session_query = overriding->session_query;
    merged->session_format = overriding->session_format;
    merged->customer_key = overriding->customer_key;
  }
  return merged;
}

void* NewDirConfig(apr_pool_t* pool) { return NewInPool<DirConfig>(pool); }

void* MergeDir(apr_pool_t* pool, const DirConfig* base, const DirConfig* overriding) {
  return Inherit(pool, *base, *overriding);
}

}  // namespace

bool ServerConfig::AnySet() const {
  return std::apply([this](auto... setting) { return ((this->*setting).has_value() || ...); },
                    Settings());
}

std::optional<std::string> ServerConfig::FindStoredSessionId(std::string_view cookies) const {
  std::optional<std::string> id = FindSessionId(cookies, SessionCookie());
  if (id && session_id_key) id = session_id_key->StoredId(*id);
  return id;
}

ServerConfig& ServerConfigOf(const server_rec* server) {
  return *static_cast<ServerConfig*>(ap_get_module_config(server->module_config, &audiodl_module));
}

const DirConfig& DirConfigOf(const request_rec* r) {
  return *static_cast<const DirConfig*>(ap_get_module_config(r->per_dir_config, &audiodl_module));
}

// Without a configuration httpd cannot go on, and null is no configuration: httpd would crash
// later, and less clearly. Its own answer to memory that has run out is to end the process.
void* CreateServerConfig(apr_pool_t* pool, server_rec*) {
  return Guarded<NewServerConfig, nullptr>(pool);
}

void* MergeServerConfig(apr_pool_t* pool, void* base, void* overriding) {
  return Guarded<Merge, nullptr>(pool, static_cast<ServerConfig*>(base),
                                 static_cast<ServerConfig*>(overriding));
}

void* CreateDirConfig(apr_pool_t* pool, char*) { return Guarded<NewDirConfig, nullptr>(pool); }

void* MergeDirConfig(apr_pool_t* pool, void* base, void* overriding) {
  return Guarded<MergeDir, nullptr>(pool, static_cast<DirConfig*>(base),
                                    static_cast<DirConfig*>(overriding));
}

}  // namespace audiodl
