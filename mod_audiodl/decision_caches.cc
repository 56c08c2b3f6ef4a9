// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/decision_caches.h"

#include <httpd.h>

#include <http_config.h>
#include <http_core.h>
#include <util_mutex.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "common/entitlement/decision_rules.h"
#include "mod_audiodl/decision_cache.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/rights_memory.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr char kRetainedName[] = "mod_audiodl.decisions.1";

// What is carried over a restart. Plain memory that the parent owns: code may be unloaded
// meanwhile. Decisions one after another: which cache (a number of its name), the key, a length,
// the record.
struct Retained {
  char* bytes;
  size_t size;
};

// All caches of one configuration; in pconf.
struct Caches {
  std::vector<DecisionCache*> all;
  server_rec* main_server = nullptr;
};

struct Head {
  uint64_t cache;
  DecisionKey key;
  uint32_t size;
};

uint64_t NumberOf(const DecisionCache& cache) {
  const Sha256Bytes digest = Sha256Of(cache.spec());
  uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number;
}

Retained& RetainedDecisions() {
  void* memory = ap_retained_data_get(kRetainedName);
  if (memory == nullptr) {
    memory = ap_retained_data_create(kRetainedName, sizeof(Retained));
    *static_cast<Retained*>(memory) = {nullptr, 0};
  }
  return *static_cast<Retained*>(memory);
}

// The settings that stand for a right: where one is changed, what was decided before is not found.
std::string ScopeOf(const server_rec* server, const ServerConfig& config) {
  std::string scope = VirtualHostId(server);
  const auto add = [&scope](const auto& text) { scope += '\n' + text; };
  add(std::string(config.SessionCookie()));
  add(config.customer_key.value_or(""));
  for (const auto* statement :
       {&config.session_query, &config.entitlement_query, &config.session_entitlement_query}) {
    add(*statement ? (*statement)->text() : std::string());
  }
  const SessionFormat format = config.session_format.value_or(SessionFormat());
  add(std::to_string(static_cast<int>(format.content)));
  for (const SessionWrapper wrapper : format.wrappers) {
    add(std::to_string(static_cast<int>(wrapper)));
  }
  add(config.session_id_key ? config.session_id_key->StoredId("scope") : std::string());
  const SessionStoreSpec store = config.SessionStoreIs();
  add(store.prefix);
  for (const auto& server_of_it : store.servers) {
    add(server_of_it.host + ":" + std::to_string(server_of_it.port));
  }
  const Sha256Bytes digest = Sha256Of(scope);
  return std::string(AsText(digest));
}

bool LooksAtChunk(const ServerConfig& config) {
  return (config.entitlement_query && config.entitlement_query->Uses("chunk")) ||
         (config.session_entitlement_query && config.session_entitlement_query->Uses("chunk"));
}

std::chrono::milliseconds LongestGrant(server_rec* main_server) {
  std::chrono::milliseconds longest{0};
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    longest = std::max(longest, ServerConfigOf(server).GrantTtl());
  }
  return longest;
}

void Save(Caches& caches) {
  std::string saved;
  for (DecisionCache* cache : caches.all) {
    if (!cache->dies_with_configuration()) continue;
    const uint64_t number = NumberOf(*cache);
    const bool visited =
        cache->VisitAll(caches.main_server, [&](const DecisionKey& key, std::string_view record) {
          const Head head{number, key, static_cast<uint32_t>(record.size())};
          saved.append(reinterpret_cast<const char*>(&head), sizeof head);
          saved += record;
        });
    if (visited) continue;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, caches.main_server,
                 "audiodl: the decision cache %s cannot be carried over the restart: grants end, "
                 "and the database is asked anew",
                 cache->spec().c_str());
  }
  Retained& retained = RetainedDecisions();
  std::free(retained.bytes);
  retained = {static_cast<char*>(std::malloc(saved.size() + 1)), saved.size()};
  if (retained.bytes == nullptr) retained.size = 0;
  if (retained.size > 0) std::memcpy(retained.bytes, saved.data(), saved.size());
}

// The one of the same name, or any: an operator who makes the cache larger wants to keep what is
// in it.
DecisionCache* SuccessorOf(uint64_t number, const Caches& caches) {
  for (DecisionCache* cache : caches.all) {
    if (NumberOf(*cache) == number) return cache;
  }
  return caches.all.empty() ? nullptr : caches.all.front();
}

void Restore(const Caches& caches) {
  Retained& retained = RetainedDecisions();
  const DecisionRules rules({}, LongestGrant(caches.main_server));
  const apr_time_t now = apr_time_now();
  ScopedPool temporary(nullptr);
  std::string_view rest(retained.bytes, retained.size);
  while (rest.size() >= sizeof(Head)) {
    Head head;
    std::memcpy(&head, rest.data(), sizeof head);
    rest.remove_prefix(sizeof head);
    const auto record = DecisionRecord::Parse(rest.substr(0, head.size));
    rest.remove_prefix(head.size);
    DecisionCache* cache = SuccessorOf(head.cache, caches);
    if (!record || cache == nullptr || rules.KeepUntil(*record) <= now) continue;
    cache->StoreAtStart(caches.main_server, temporary.get(), head.key, *record,
                        rules.KeepUntil(*record));
  }
  std::free(retained.bytes);
  retained = {nullptr, 0};
}

// pconf is about to be cleared: the cache, its provider and this code are still there. Whether it
// is for a restart or for good cannot be told here.
apr_status_t OnConfigurationEnd(void* caches) {
  Save(*static_cast<Caches*>(caches));
  return APR_SUCCESS;
}

int RegisterMutex(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*) {
  return ap_mutex_register(pconf, DecisionCache::kMutexType, nullptr, APR_LOCK_DEFAULT, 0) ==
                 APR_SUCCESS
             ? OK
             : HTTP_INTERNAL_SERVER_ERROR;
}

DecisionCache* FindCache(const Caches& caches, const std::string& spec) {
  for (DecisionCache* cache : caches.all) {
    if (cache->spec() == spec) return cache;
  }
  return nullptr;
}

Status Link(apr_pool_t* pconf, ServerConfig& config, Caches& caches) {
  if (!config.CanAuthorize() || config.DecisionCacheSpec() == kNoDecisionCache) return Status::Ok();
  config.decisions = FindCache(caches, config.DecisionCacheSpec());
  if (config.decisions != nullptr) return Status::Ok();
  const Result<DecisionCache*> made = DecisionCache::Make(pconf, config.DecisionCacheSpec());
  // Nobody asked for a cache: it is not worth a failed start.
  if (!made.ok()) return config.decision_cache ? made.status() : Status::Ok();
  caches.all.push_back(*made);
  config.decisions = *made;
  return Status::Ok();
}

// Errors of the directive are errors of `apachectl -t`, so the caches are made here and opened
// later.
int MakeCaches(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  auto* caches = NewInPool<Caches>(pconf);
  caches->main_server = main_server;
  ServerConfigOf(main_server).decision_caches = caches;
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    config.rules = DecisionRules(config.DecisionTimes(), config.GrantTtl());
    if (!config.CanAuthorize()) continue;
    config.decision_scope = ScopeOf(server, config);
    config.decides_per_chunk = LooksAtChunk(config);
    const Status status = Link(pconf, config, *caches);
    if (status.ok()) continue;
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, server,
                 "audiodl: AudioDecisionCache %s: %s", config.DecisionCacheSpec().c_str(),
                 status.text().c_str());
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  return OK;
}

int OpenCaches(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  auto* caches = static_cast<Caches*>(ServerConfigOf(main_server).decision_caches);
  if (caches == nullptr) return OK;
  for (DecisionCache* cache : caches->all) {
    const Status status = cache->Open(pconf, main_server);
    if (status.ok()) continue;
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main_server, "audiodl: %s", status.text().c_str());
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  Restore(*caches);
  apr_pool_pre_cleanup_register(pconf, caches, Guarded<OnConfigurationEnd, APR_EGENERAL>);
  return OK;
}

void OpenInChild(apr_pool_t* pchild, server_rec* main_server) {
  const auto* caches = static_cast<Caches*>(ServerConfigOf(main_server).decision_caches);
  if (caches == nullptr) return;
  for (DecisionCache* cache : caches->all) cache->OpenInChild(pchild, main_server);
}

}  // namespace

void RegisterDecisionCaches(apr_pool_t*) {
  ap_hook_pre_config(Guarded<RegisterMutex, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                     APR_HOOK_MIDDLE);
  ap_hook_check_config(Guarded<MakeCaches, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                       APR_HOOK_MIDDLE);
  ap_hook_post_config(Guarded<OpenCaches, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_MIDDLE);
  ap_hook_child_init(Guarded<OpenInChild>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
