// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/config_check.h"

#include <httpd.h>

#include <ap_mpm.h>
#include <http_core.h>
#include <http_log.h>
#include <mpm_common.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unixd.h>

#include <cerrno>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/cache/cache_dir_check.h"
#include "common/entitlement/free_titles_file.h"
#include "mod_audiodl/conf_tree.h"
#include "mod_audiodl/fairness_check.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/ledger_check.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

std::string NameOf(const server_rec* server) {
  return server->server_hostname != nullptr ? server->server_hostname : "the main server";
}

// What is wrong with one server, and what could be better.
struct Findings {
  void Problem(std::string text) { problems.push_back(std::move(text)); }
  void Warning(std::string text) { warnings.push_back(std::move(text)); }

  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

// Each sentence with the server it is about, and where that stands in the configuration.
void Say(server_rec* server, int level, const std::vector<std::string>& sentences) {
  const std::string place =
      server->defn_name == nullptr
          ? "outside of any <VirtualHost>"
          : std::string(server->defn_name) + ":" + std::to_string(server->defn_line_number);
  for (const std::string& sentence : sentences) {
    ap_log_error(APLOG_MARK, level, 0, server, "audiodl: %s (%s): %s", NameOf(server).c_str(),
                 place.c_str(), sentence.c_str());
  }
}

void CheckRequired(const ServerConfig& config, Findings& findings) {
  if (!config.cache_dir) {
    findings.Problem("AudioCacheDir is missing: add AudioCacheDir /var/cache/audiodl/www");
  }
  if (!config.origin) {
    findings.Problem("AudioOrigin is missing: add AudioOrigin s3://BUCKET/PREFIX region=REGION");
  }
  if (!config.listing) {
    findings.Problem("AudioListing is missing: add AudioListing /var/www/listing");
  }
}

void CheckConnections(const DbdSettings& dbd, const ServerConfig& config, Findings& findings) {
  if (!dbd.persist) return;
  if (config.db_connections && *config.db_connections > dbd.max) {
    findings.Problem("AudioDBConnections " + std::to_string(*config.db_connections) +
                     " is more than mod_dbd gives a process: write DBDMax " +
                     std::to_string(*config.db_connections) + " or more");
  }
  if (dbd.min > config.DbConnections()) {
    findings.Warning("DBDMin " + std::to_string(dbd.min) +
                     " makes mod_dbd open more connections in each process than "
                     "AudioDBConnections allows: write DBDMin 0");
  }
}

void CheckStatements(const ServerConfig& config, Findings& findings) {
  // The one statement for both takes the place of the two; an AudioEntitlementQuery beside it
  // serves grants.
  const bool by_one = config.session_entitlement_query.has_value();
  const struct {
    bool given;
    const char* name;
  } settings[] = {{by_one || config.CanFindSessions(), "AudioSessionQuery"},
                  {config.CanFindCustomer(), "AudioCustomerKey"},
                  {by_one || config.entitlement_query, "AudioEntitlementQuery"}};
  for (const auto& setting : settings) {
    if (setting.given) continue;
    findings.Problem(std::string(setting.name) +
                     " is missing: AudioSessionQuery, AudioCustomerKey and AudioEntitlementQuery "
                     "belong together");
  }
  if (by_one && config.session_query) {
    findings.Problem(
        "AudioSessionEntitlementQuery takes the place of AudioSessionQuery: remove one of them");
  }
  if (by_one && !config.SessionStoreIs().IsDatabase()) {
    findings.Problem(
        "AudioSessionEntitlementQuery reads the session from the database, and AudioSessionStore "
        "names another place: remove one of them");
  }
}

void CheckDatabase(const server_rec* server, const ServerConfig& config, Findings& findings) {
  if (ap_find_linked_module("mod_dbd.c") == nullptr) {
    findings.Problem(
        "the shop's database is reached through mod_dbd, which is not loaded: add "
        "LoadModule dbd_module modules/mod_dbd.so");
  } else if (!DbdSettingsOf(server).has_driver) {
    findings.Problem("DBDriver is missing: add DBDriver mysql (or sqlite3) and DBDParams");
  } else {
    CheckConnections(DbdSettingsOf(server), config, findings);
  }
}

void CheckSession(const server_rec* server, const ServerConfig& config, Findings& findings) {
  const bool sessions = config.session_query || config.customer_key || config.entitlement_query ||
                        config.session_entitlement_query;
  if (sessions) CheckStatements(config, findings);
  if (sessions || config.books_query || config.page_query) {
    CheckDatabase(server, config, findings);
  }
}

void CheckPages(const ServerConfig& config, Findings& findings) {
  if (config.page_query && !config.CanAuthorize()) {
    findings.Problem("AudioPageQuery needs the settings of AuthType AudioSession");
  }
  if (config.books_query && config.link_keys && !config.Revocations()) {
    findings.Warning(
        "podcast feeds can be had (AudioBooksQuery, AudioLinkKeys), but a lost device's cannot be "
        "taken back: write AudioRevocations On");
  }
  if (config.link_ttl && !config.link_keys) {
    findings.Warning("AudioLinkTTL means nothing without AudioLinkKeys: add it, or remove it");
  }
}

// Virtual hosts without a DocumentRoot have the main server's: each tree is named once.
std::vector<ForeignTree> ForeignTreesFor(server_rec* main_server, const ServerConfig& config) {
  std::vector<ForeignTree> trees;
  std::set<std::string> seen;
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    const auto* core =
        static_cast<core_server_config*>(ap_get_core_module_config(server->module_config));
    const char* root = core->ap_document_root;
    if (root == nullptr || !seen.insert(root).second) continue;
    trees.push_back({root, "the DocumentRoot of " + NameOf(server)});
  }
  if (config.listing) trees.push_back({*config.listing, "AudioListing"});
  return trees;
}

void CheckCache(server_rec* main_server, const ServerConfig& config, Findings& findings) {
  if (!config.cache_dir) return;
  const CacheDirFindings found =
      CheckCacheDir(*config.cache_dir, ServingUser(), ForeignTreesFor(main_server, config));
  for (const std::string& problem : found.problems) findings.Problem("AudioCacheDir: " + problem);
  for (const std::string& warning : found.warnings) findings.Warning("AudioCacheDir: " + warning);
}

void CheckRights(const ServerConfig& config, Findings& findings) {
  if (config.Revocations() && ap_find_linked_module("mod_watchdog.c") == nullptr) {
    findings.Problem(
        "AudioRevocations On needs mod_watchdog, which is not loaded: add LoadModule "
        "watchdog_module modules/mod_watchdog.so");
  }
  if (config.Revocations() && !config.CanAuthorize()) {
    findings.Problem("AudioRevocations On needs the settings of AuthType AudioSession");
  }
  if (config.free_titles) {
    const Status status = FreeTitlesFile::Read(*config.free_titles).status();
    if (!status.ok()) findings.Problem("AudioFreeTitles: " + status.text());
  }
  if (config.CanAuthorize() && !config.decision_cache &&
      ap_find_linked_module("mod_socache_shmcb.c") == nullptr) {
    findings.Warning(
        "decisions are not remembered, and every request asks the database: add LoadModule "
        "socache_shmcb_module modules/mod_socache_shmcb.so, or say AudioDecisionCache none");
  }
}

void CheckListing(const ServerConfig& config, Findings& findings) {
  if (!config.listing) return;
  struct stat info;
  if (stat(config.listing->c_str(), &info) != 0) {
    const int error_number = errno;
    findings.Problem("AudioListing: " + Status::FromErrno(error_number, *config.listing).text() +
                     ": create it, or name the folder that holds BOOK/CHUNK.mp3 as empty files");
  } else if (!S_ISDIR(info.st_mode)) {
    findings.Problem("AudioListing: " + *config.listing + " is not a directory");
  }
}

void CheckOrigin(const ServerConfig& config, Findings& findings) {
  if (!config.origin || config.origin->kind != Origin::Kind::kFile) return;
  const std::string& folder = config.origin->prefix;
  struct stat info;
  if (stat(folder.c_str(), &info) != 0) {
    const int error_number = errno;
    findings.Problem("AudioOrigin: " + Status::FromErrno(error_number, folder).text() +
                     ": create or mount it, or name the folder that holds the audio");
  } else if (!S_ISDIR(info.st_mode)) {
    findings.Problem("AudioOrigin: " + folder + " is not a directory: name the folder itself");
  }
}

void CheckCredentials(const ServerConfig& config, Findings& findings) {
  if (!config.origin || config.origin->kind != Origin::Kind::kS3) return;
  const CredentialsSpec source = config.CredentialsSource();
  if (source.source != CredentialsSpec::Source::kFile) return;
  // Only to prove the file: what was read is wiped at the end of the statement.
  const Status status = ReadSharedCredentials(source.path, source.profile).status();
  if (!status.ok()) findings.Problem("AudioCredentials: " + status.text());
}

void CheckLinkKeys(const ServerConfig& config, Findings& findings) {
  if (!config.link_keys) return;
  // Only to prove the file, as above.
  const Result<LinkKeySet> keys = LinkKeySet::Read(*config.link_keys);
  if (!keys.ok()) {
    findings.Problem("AudioLinkKeys: " + keys.status().text());
  } else if (keys->SigningKey(std::chrono::floor<std::chrono::seconds>(
                 std::chrono::system_clock::now())) == nullptr) {
    findings.Warning("AudioLinkKeys: every key in " + *config.link_keys +
                     " is retired, so no link is good: add what audiodl link-key new prints");
  }
}

// Whether the server says "Protocols ... h2".
bool SpeaksHttp2(const server_rec* server) {
  const auto* core =
      static_cast<core_server_config*>(ap_get_core_module_config(server->module_config));
  for (int i = 0; core->protocols != nullptr && i < core->protocols->nelts; ++i) {
    const std::string_view protocol = APR_ARRAY_IDX(core->protocols, i, const char*);
    if (protocol == "h2" || protocol == "h2c") return true;
  }
  return false;
}

// Not wrong, but slow. The handler uses sendfile unless it is told not to, where httpd's own files
// need to be told to: cache files are ours and on a local disk. The other figures were measured
// with a thousand slow clients: with a factor of 2 half of them are never served, and a reader of a
// HTTP/2 stream holds its worker for as long as it reads.
void Advise(const server_rec* server, Findings& findings) {
  const auto* core =
      static_cast<core_dir_config*>(ap_get_core_module_config(server->lookup_defaults));
  if (core->enable_sendfile == ENABLE_SENDFILE_OFF) {
    findings.Warning(
        "EnableSendfile Off makes httpd copy every byte of a download twice: remove it, or write "
        "EnableSendfile On");
  }
  if (std::string_view(ap_show_mpm()) == "event" &&
      !DirectiveOf(server, "AsyncRequestWorkerFactor")) {
    findings.Warning(
        "AsyncRequestWorkerFactor has its default of 2, with which slow clients soon keep httpd "
        "from accepting others: write AsyncRequestWorkerFactor 20 outside of any <VirtualHost>");
  }
  if (SpeaksHttp2(server)) {
    findings.Warning(
        "over HTTP/2 every slow download holds a worker of httpd 2.4: write Protocols http/1.1 in "
        "the virtual host of the downloads");
  }
  for (std::string& advice : AdviceOnFairness(server, SpeaksHttp2(server))) {
    findings.Warning(std::move(advice));
  }
}

Findings Examine(server_rec* main_server, const server_rec* server) {
  const ServerConfig& config = ServerConfigOf(server);
  Findings findings;
  CheckRequired(config, findings);
  CheckSession(server, config, findings);
  CheckRights(config, findings);
  CheckPages(config, findings);
  for (std::string& problem : LedgerProblems(server)) findings.Problem(std::move(problem));
  CheckCache(main_server, config, findings);
  CheckListing(config, findings);
  CheckOrigin(config, findings);
  CheckCredentials(config, findings);
  CheckLinkKeys(config, findings);
  Advise(server, findings);
  return findings;
}

// Settings of the main server are often only what the virtual hosts have in common. They are judged
// by themselves where no virtual host adds to them.
bool HasOwnSettings(const server_rec* main_server, const server_rec* server) {
  const ServerConfig& config = ServerConfigOf(server);
  if (!config.AnySet()) return false;
  if (server != main_server) return &config != &ServerConfigOf(main_server);
  for (const server_rec* other = server->next; other != nullptr; other = other->next) {
    if (&ServerConfigOf(other) != &config) return false;
  }
  return true;
}

int CheckConfig(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  bool good = true;
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    if (!HasOwnSettings(main_server, server)) continue;
    const Findings findings = Examine(main_server, server);
    Say(server, APLOG_STARTUP | APLOG_CRIT, findings.problems);
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
      Say(server, APLOG_STARTUP | APLOG_WARNING, findings.warnings);
    }
    good = good && findings.problems.empty();
  }
  return good ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

// At a real start warnings belong into the error log, which is not open before, and there once:
// httpd reads its configuration twice.
int WarnAtStart(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    if (!HasOwnSettings(main_server, server)) continue;
    Say(server, APLOG_WARNING, Examine(main_server, server).warnings);
  }
  return OK;
}

}  // namespace

uid_t ServingUser() { return geteuid() == 0 ? ap_unixd_config.user_id : geteuid(); }

void RegisterConfigCheck(apr_pool_t*) {
  ap_hook_check_config(Guarded<CheckConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                       APR_HOOK_MIDDLE);
  ap_hook_post_config(Guarded<WarnAtStart, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_MIDDLE);
}

}  // namespace audiodl
