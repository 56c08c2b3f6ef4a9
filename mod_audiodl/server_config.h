// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the directives of one virtual host said. Unset is an empty optional; the accessors below
// give the defaults. Written while httpd reads its configuration (one thread), immutable from then
// on, so any thread may read it. It lives as long as pconf: until the next restart.

#ifndef AUDIODL_MOD_AUDIODL_SERVER_CONFIG_H_
#define AUDIODL_MOD_AUDIODL_SERVER_CONFIG_H_

#include <httpd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/answer/login_url.h"
#include "common/base/units.h"
#include "common/client/download_rate.h"
#include "common/client/stream_limit.h"
#include "common/entitlement/decision_rules.h"
#include "common/fetch/fill_limits.h"
#include "common/fetch/store.h"
#include "common/http/content_disposition.h"
#include "common/http/cors_origins.h"
#include "common/link/link_key_set.h"
#include "common/s3/credentials.h"
#include "common/s3/origin.h"
#include "common/session/session_id_key.h"
#include "common/session/session_preset.h"
#include "common/session/session_reader.h"
#include "common/session/session_store_spec.h"
#include "common/session/sql_statement.h"

namespace audiodl {

class Backends;
class DbdStore;
class DecisionCache;
class DeliveryDesk;
class FreeTitlesFile;
class ManifestCache;
class OwnStreams;
class QuestionLocks;
class RevocationSet;
class SessionStore;
struct FetcherLink;

// AudioLinkTTL 7d [365d]: how long the links are good that a page makes.
struct LinkTtl {
  std::chrono::milliseconds links = std::chrono::hours(24 * 7);
  std::chrono::milliseconds feeds = std::chrono::hours(24 * 365);
};

struct ServerConfig {
  std::optional<std::string> cache_dir;
  std::optional<uint64_t> cache_max_size;
  std::optional<SizeOrPercent> cache_min_free;
  std::optional<std::chrono::milliseconds> cache_max_age;
  std::optional<Origin> origin;
  std::optional<CredentialsSpec> credentials;
  std::optional<std::chrono::milliseconds> origin_timeout;
  std::optional<unsigned> fill_parts;
  std::optional<unsigned> fill_connections;
  std::optional<std::string> listing;
  std::optional<SessionPreset> session_preset;
  std::optional<std::string> session_cookie;
  std::optional<SqlStatement> session_query;
  std::optional<SessionFormat> session_format;
  std::optional<std::string> customer_key;
  std::optional<SqlStatement> entitlement_query;
  std::optional<std::string> link_keys;
  std::optional<LoginUrl> login_url;
  std::optional<SqlStatement> session_entitlement_query;
  std::optional<std::string> decision_cache;
  std::optional<DecisionTtl> decision_ttl;
  std::optional<std::chrono::milliseconds> grant_ttl;
  std::optional<bool> revocations;
  std::optional<std::string> free_titles;
  std::optional<bool> ledger;
  std::optional<std::string> ledger_dir;
  std::optional<std::chrono::milliseconds> ledger_window;
  std::optional<SessionStoreSpec> session_store_spec;
  std::optional<std::chrono::milliseconds> db_timeout;
  std::optional<size_t> db_connections;
  std::optional<Disposition> disposition;
  std::optional<CorsOrigins> cors_origins;
  std::optional<SqlStatement> books_query;
  std::optional<SqlStatement> page_query;
  std::optional<std::string> page_css;
  std::optional<std::vector<std::string>> mirrors;
  std::optional<LinkTtl> link_ttl;
  std::optional<bool> debug_headers;

  // Every setting, so that merging cannot forget one.
  static constexpr auto Settings() {
    using C = ServerConfig;
    return std::make_tuple(
        &C::cache_dir, &C::cache_max_size, &C::cache_min_free, &C::cache_max_age, &C::origin,
        &C::credentials, &C::origin_timeout, &C::fill_parts, &C::fill_connections, &C::listing,
        &C::session_preset, &C::session_cookie, &C::session_query, &C::session_format,
        &C::customer_key, &C::entitlement_query, &C::session_entitlement_query, &C::decision_cache,
        &C::decision_ttl, &C::grant_ttl, &C::revocations, &C::free_titles, &C::session_store_spec,
        &C::db_timeout, &C::db_connections, &C::link_keys, &C::login_url, &C::disposition,
        &C::cors_origins, &C::books_query, &C::page_query, &C::page_css, &C::mirrors, &C::link_ttl,
        &C::debug_headers, &C::ledger, &C::ledger_dir, &C::ledger_window);
  }

  // What holds where nothing was said.
  uint64_t CacheMaxSize() const { return cache_max_size.value_or(kNoLimit); }
  SizeOrPercent CacheMinFree() const { return cache_min_free.value_or(SizeOrPercent{0, 5.0}); }
  CredentialsSpec CredentialsSource() const { return credentials.value_or(CredentialsSpec()); }
  std::chrono::milliseconds OriginTimeout() const {
    return origin_timeout.value_or(std::chrono::seconds(30));
  }
  const char* SessionCookie() const {
    return session_cookie ? session_cookie->c_str() : "PHPSESSID";
  }
  unsigned FillParts() const { return fill_parts.value_or(FillLimits().parts_per_object); }
  unsigned FillConnections() const { return fill_connections.value_or(FillLimits().reads_in_all); }
  std::string DecisionCacheSpec() const { return decision_cache.value_or("shmcb"); }
  DecisionTtl DecisionTimes() const { return decision_ttl.value_or(DecisionTtl()); }
  std::chrono::milliseconds GrantTtl() const { return grant_ttl.value_or(std::chrono::hours(24)); }
  bool Revocations() const { return revocations.value_or(false); }
  bool Ledger() const { return ledger.value_or(false); }
  std::string LedgerDir() const { return ledger_dir.value_or("/var/lib/audiodl/ledger"); }
  std::chrono::milliseconds LedgerWindow() const {
    return ledger_window.value_or(std::chrono::hours(24));
  }
  // Both hold for session stores too.
  std::chrono::milliseconds DbTimeout() const {
    return db_timeout.value_or(std::chrono::seconds(2));
  }
  size_t DbConnections() const { return db_connections.value_or(4); }
  SessionStoreSpec SessionStoreIs() const {
    return session_store_spec.value_or(SessionStoreSpec());
  }
  Disposition ChunkDisposition() const { return disposition.value_or(Disposition::kAttachment); }
  LinkTtl LinkTimes() const { return link_ttl.value_or(LinkTtl()); }
  bool DebugHeaders() const { return debug_headers.value_or(false); }

  // Whether any directive of ours stands in this server.
  bool AnySet() const;
  // Whether it is known where sessions are, apart from a statement that tells all.
  bool CanFindSessions() const { return session_query || !SessionStoreIs().IsDatabase(); }
  // Whether the customer can be found in a session: a plain column needs no key.
  bool CanFindCustomer() const {
    return customer_key || (session_format && !session_format->HasKeys());
  }
  // Whether requests can be authorized: the settings of session and entitlement are complete.
  bool CanAuthorize() const {
    return CanFindCustomer() &&
           (session_entitlement_query || (CanFindSessions() && entitlement_query));
  }
  // The id of the session that a Cookie header names, as it stands in the shop's table: see
  // FindSessionId().
  std::optional<std::string> FindStoredSessionId(std::string_view cookies) const;

  static constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

  // Made from the settings by the post_config hook, for every server alike.
  Backends* backends = nullptr;
  DbdStore* dbd = nullptr;                      // null: mod_dbd is not loaded
  SessionStore* session_store = nullptr;        // null: !CanFindSessions()
  std::optional<SessionIdKey> session_id_key;   // none: the table holds ids as they are
  std::optional<SessionReader> session_reader;  // none: !CanFindCustomer()
  std::optional<LinkKeySet> link_key_set;       // none: no AudioLinkKeys
  std::optional<StoreConfig> store;             // none: no AudioCacheDir or no AudioOrigin
  FetcherLink* fetcher = nullptr;               // null: no virtual host has a store
  OwnStreams* own_streams = nullptr;            // of this process; null: as above, or in the parent
  DecisionRules rules;
  DecisionCache* decisions = nullptr;          // null: nothing is remembered
  std::string decision_scope;                  // stands for the settings that decide
  bool decides_per_chunk = false;              // a statement looks at the chunk
  QuestionLocks* question_locks = nullptr;     // null: before post_config
  RevocationSet* revocation_set = nullptr;     // null: AudioRevocations is off
  FreeTitlesFile* free_titles_file = nullptr;  // null: nothing is free
  ManifestCache* manifests = nullptr;          // null: no AudioListing
  std::string ledger_prefix;                   // of the journals' names; empty: no ledger is kept
  DeliveryDesk* ledger_desk = nullptr;         // null: nobody keeps one, or this is no child
  size_t ledger_journal = 0;                   // of the desk's
  // Of the main server only, each its file's own affair.
  void* decision_caches = nullptr;
  void* revocation_reader = nullptr;
  void* health_prober = nullptr;
  void* underway = nullptr;
  void* ledgers = nullptr;
};

// What the directives of one <Location> said.
struct DirConfig {
  std::optional<std::string> url_prefix;
  std::optional<DownloadRate> rate;
  std::optional<StreamLimit> streams;
  std::optional<std::chrono::milliseconds> stall_timeout;

  // As ServerConfig's.
  static constexpr auto Settings() {
    using C = DirConfig;
    return std::make_tuple(&C::url_prefix, &C::rate, &C::streams, &C::stall_timeout);
  }

  DownloadRate Rate() const { return rate.value_or(DownloadRate()); }
  StreamLimit Streams() const { return streams.value_or(StreamLimit()); }
  std::chrono::milliseconds StallTimeout() const {
    return stall_timeout.value_or(std::chrono::minutes(5));
  }
};

// Never null: a virtual host without directives of ours has the main server's.
ServerConfig& ServerConfigOf(const server_rec* server);
// Never null.
const DirConfig& DirConfigOf(const request_rec* r);

// For the module record: create and merge, pconf-allocated.
void* CreateServerConfig(apr_pool_t* pool, server_rec* server);
void* MergeServerConfig(apr_pool_t* pool, void* base, void* overriding);
void* CreateDirConfig(apr_pool_t* pool, char* path);
void* MergeDirConfig(apr_pool_t* pool, void* base, void* overriding);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_SERVER_CONFIG_H_
