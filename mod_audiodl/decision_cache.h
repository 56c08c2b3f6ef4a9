// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioDecisionCache: where decisions are remembered, for all processes of the server and, with
// memcached or Redis, for all servers of the shop. Any of httpd's small-object caches serves.
//
// What is kept in shared memory (shmcb) dies with the configuration that made it, and with it every
// customer's grant; so the parent carries it over a restart. Caching fails open: a cache that does
// not answer costs a question to the database, and a line in the log once a minute.
//
// Made while the configuration is checked; find and store from any thread of any child.

#ifndef AUDIODL_MOD_AUDIODL_DECISION_CACHE_H_
#define AUDIODL_MOD_AUDIODL_DECISION_CACHE_H_

#include <ap_socache.h>
#include <apr_global_mutex.h>
#include <httpd.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/entitlement/decision_key.h"
#include "common/entitlement/decision_record.h"

namespace audiodl {

class DecisionCache {
 public:
  // "shmcb", or "shmcb:" and what the provider takes. kInvalid: no such provider is loaded, or it
  // does not understand the rest; the text says what to do.
  static Result<DecisionCache*> Make(apr_pool_t* pconf, const std::string& spec);

  DecisionCache(std::string spec, const ap_socache_provider_t* provider,
                ap_socache_instance_t* instance)
      : spec_(std::move(spec)), provider_(provider), instance_(instance) {}

  // In post_config: makes the cache itself. It lives until pconf is cleared.
  Status Open(apr_pool_t* pconf, server_rec* server);
  // In child_init.
  void OpenInChild(apr_pool_t* pchild, server_rec* server);

  std::optional<DecisionRecord> Find(request_rec* r, const DecisionKey& key);
  void Store(request_rec* r, const DecisionKey& key, const DecisionRecord& record,
             UnixMicros keep_until);

  static constexpr char kMutexType[] = "audiodl-decisions";

  const std::string& spec() const { return spec_; }
  // Whether what is in it is lost when this configuration ends.
  bool dies_with_configuration() const;

  // In the parent: every record that is still of use; false where the cache stayed locked.
  using Visitor = std::function<void(const DecisionKey& key, std::string_view record)>;
  bool VisitAll(server_rec* server, const Visitor& visit);
  void StoreAtStart(server_rec* server, apr_pool_t* pool, const DecisionKey& key,
                    const DecisionRecord& record, UnixMicros keep_until);

 private:
  class Lock;

  void Complain(request_rec* r, apr_status_t error, const char* what);

  const std::string spec_;
  const ap_socache_provider_t* const provider_;
  ap_socache_instance_t* const instance_;
  apr_global_mutex_t* mutex_ = nullptr;  // where the provider needs one
  std::atomic<apr_time_t> complained_at_{0};
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DECISION_CACHE_H_
