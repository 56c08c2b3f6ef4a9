// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/directives.h"

#include <apr_strings.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/book/page_url.h"
#include "common/session/customer_key.h"
#include "common/session/session_cookie.h"
#include "common/session/sql_template.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr char kInternalError[] = "internal error: see the lines above";

// A setter takes the value as it was written and says in a Status why it is wrong.
using Setter = Status (*)(ServerConfig& config, const std::string& value);
using LocationSetter = Status (*)(DirConfig& config, const std::string& value);

// For parsers that return a Result: keeps the value, passes the error on.
template <typename T>
Status Keep(Result<T> parsed, std::optional<T>& setting) {
  if (!parsed.ok()) return parsed.status();
  setting = std::move(parsed).value();
  return Status::Ok();
}

Status KeepDirectory(const std::string& value, std::optional<std::string>& setting) {
  if (!value.starts_with('/')) return Status::Invalid("is no absolute path");
  setting = value.substr(0, value.find_last_not_of('/') + 1);
  if (setting->empty()) return Status::Invalid("is the root of the file system");
  return Status::Ok();
}

// `key` is the parameter without which the statement would answer the same for everybody.
Status KeepStatement(const std::string& value, std::span<const std::string_view> parameters,
                     std::string_view key, std::optional<SqlStatement>& setting) {
  Result<SqlTemplate> sql = SqlTemplate::Parse(value, parameters);
  if (!sql.ok()) return sql.status();
  if (!sql->Uses(key)) {
    return Status::Invalid("does not use %{" + std::string(key) +
                           "}s, so it would answer the same for everybody");
  }
  setting.emplace(std::move(sql).value());
  return Status::Ok();
}

Status SetCacheDir(ServerConfig& config, const std::string& value) {
  return KeepDirectory(value, config.cache_dir);
}

Status SetCacheMaxSize(ServerConfig& config, const std::string& value) {
  return Keep(ParseSize(value), config.cache_max_size);
}

Status SetCacheMinFree(ServerConfig& config, const std::string& value) {
  return Keep(ParseSizeOrPercent(value), config.cache_min_free);
}

Status SetCacheMaxAge(ServerConfig& config, const std::string& value) {
  return Keep(ParseDuration(value), config.cache_max_age);
}

Status SetOrigin(ServerConfig& config, const std::string& value) {
  return Keep(Origin::Parse(value), config.origin);
}

Status SetCredentials(ServerConfig& config, const std::string& value) {
  return Keep(CredentialsSpec::Parse(value), config.credentials);
}

Status SetOriginTimeout(ServerConfig& config, const std::string& value) {
  if (Status status = Keep(ParseDuration(value), config.origin_timeout); !status.ok())
    return status;
  if (config.origin_timeout->count() == 0)
    return Status::Invalid("gives the origin no time at all");
  return Status::Ok();
}

Status SetFillParts(ServerConfig& config, const std::string& value) {
  return Keep(ParseCount(value, 64), config.fill_parts);
}

Status SetFillConnections(ServerConfig& config, const std::string& value) {
  return Keep(ParseCount(value, 1000), config.fill_connections);
}

Status SetListing(ServerConfig& config, const std::string& value) {
  return KeepDirectory(value, config.listing);
}

Status SetSessionPreset(ServerConfig& config, const std::string& value) {
  return Keep(SessionPreset::Parse(value), config.session_preset);
}

Status SetSessionCookie(ServerConfig& config, const std::string& value) {
  if (!IsCookieName(value)) return Status::Invalid("is no cookie name (RFC 6265)");
  config.session_cookie = value;
  return Status::Ok();
}

Status SetSessionQuery(ServerConfig& config, const std::string& value) {
  return KeepStatement(value, kSessionParameters, "session", config.session_query);
}

Status SetSessionFormat(ServerConfig& config, const std::string& value) {
  return Keep(SessionFormat::Parse(value), config.session_format);
}

Status SetCustomerKey(ServerConfig& config, const std::string& value) {
  if (Status status = CheckCustomerKey(value); !status.ok()) return status;
  config.customer_key = value;
  return Status::Ok();
}

Status SetSessionStore(ServerConfig& config, const std::string& value) {
  return Keep(SessionStoreSpec::Parse(value), config.session_store_spec);
}

Status SetDbTimeout(ServerConfig& config, const std::string& value) {
  if (Status status = Keep(ParseDuration(value), config.db_timeout); !status.ok()) return status;
  if (config.db_timeout->count() == 0) {
    return Status::Invalid("gives the database no time at all");
  }
  return Status::Ok();
}

Status SetDbConnections(ServerConfig& config, const std::string& value) {
  static constexpr uint64_t kMost = 256;
  const std::optional<uint64_t> number = ParseDecimal(value);
  if (!number || *number == 0 || *number > kMost) {
    return Status::Invalid("is no number from 1 to " + std::to_string(kMost));
  }
  config.db_connections = static_cast<size_t>(*number);
  return Status::Ok();
}

Status SetEntitlementQuery(ServerConfig& config, const std::string& value) {
  static constexpr std::array<std::string_view, 4> kParameters = {"customer", "book", "chunk",
                                                                  "now"};
  return KeepStatement(value, kParameters, "customer", config.entitlement_query);
}

Status SetLinkKeys(ServerConfig& config, const std::string& value) {
  if (!value.starts_with('/')) return Status::Invalid("is no absolute path");
  config.link_keys = value;
  return Status::Ok();
}

Status SetLoginUrl(ServerConfig& config, const std::string& value) {
  return Keep(LoginUrl::Parse(value), config.login_url);
}

Status SetSessionEntitlementQuery(ServerConfig& config, const std::string& value) {
  static constexpr std::array<std::string_view, 4> kParameters = {"session", "book", "chunk",
                                                                  "now"};
  return KeepStatement(value, kParameters, "session", config.session_entitlement_query);
}

Status SetDecisionCache(ServerConfig& config, const std::string& value) {
  const std::string_view name = std::string_view(value).substr(0, value.find(':'));
  if (name.empty() || !std::all_of(name.begin(), name.end(), IsAlnum)) {
    return Status::Invalid("does not begin with the name of a cache");
  }
  config.decision_cache = value;
  return Status::Ok();
}

// "60s" or "60s 10s"
Status SetDecisionTtl(ServerConfig& config, const std::string& value) {
  const size_t blank = value.find(' ');
  DecisionTtl ttl;
  const auto positive = ParseDuration(std::string_view(value).substr(0, blank));
  if (!positive.ok()) return positive.status();
  ttl.positive = *positive;
  ttl.negative = std::min(ttl.negative, ttl.positive);
  if (blank != std::string::npos) {
    const auto negative = ParseDuration(std::string_view(value).substr(blank + 1));
    if (!negative.ok()) return negative.status();
    ttl.negative = *negative;
  }
  if (ttl.positive.count() == 0) {
    return Status::Invalid("remembers nothing; for that write AudioDecisionCache none");
  }
  config.decision_ttl = ttl;
  return Status::Ok();
}

Status SetGrantTtl(ServerConfig& config, const std::string& value) {
  return Keep(ParseDuration(value), config.grant_ttl);
}

Status SetFreeTitles(ServerConfig& config, const std::string& value) {
  if (!value.starts_with('/')) return Status::Invalid("is no absolute path");
  config.free_titles = value;
  return Status::Ok();
}

Status SetDisposition(ServerConfig& config, const std::string& value) {
  return Keep(ParseDisposition(value), config.disposition);
}

Status SetCorsOrigins(ServerConfig& config, const std::string& value) {
  return Keep(CorsOrigins::Parse(value), config.cors_origins);
}

Status SetBooksQuery(ServerConfig& config, const std::string& value) {
  static constexpr std::array<std::string_view, 2> kParameters = {"customer", "now"};
  return KeepStatement(value, kParameters, "customer", config.books_query);
}

Status SetPageQuery(ServerConfig& config, const std::string& value) {
  static constexpr std::array<std::string_view, 3> kParameters = {"customer", "book", "now"};
  return KeepStatement(value, kParameters, "customer", config.page_query);
}

Status SetPageCss(ServerConfig& config, const std::string& value) {
  if (Status status = CheckPageUrl(value); !status.ok()) return status;
  config.page_css = value;
  return Status::Ok();
}

// One URL or several, each up to the book.
Status SetMirrors(ServerConfig& config, const std::string& value) {
  std::vector<std::string> mirrors;
  const Result<std::vector<std::string>> words = SplitWords(value);
  if (!words.ok()) return words.status();
  for (std::string url : *words) {
    if (url.starts_with('/')) return Status::Invalid("names no server");
    if (Status status = CheckPageUrl(url); !status.ok()) return status;
    while (url.ends_with('/')) url.pop_back();
    mirrors.push_back(std::move(url));
  }
  config.mirrors = std::move(mirrors);
  return Status::Ok();
}

// "7d" or "7d 365d"
Status SetLinkTtl(ServerConfig& config, const std::string& value) {
  const size_t blank = value.find(' ');
  LinkTtl ttl;
  const auto links = ParseDuration(std::string_view(value).substr(0, blank));
  if (!links.ok()) return links.status();
  ttl.links = *links;
  if (blank != std::string::npos) {
    const auto feeds = ParseDuration(std::string_view(value).substr(blank + 1));
    if (!feeds.ok()) return feeds.status();
    ttl.feeds = *feeds;
  }
  if (ttl.links < std::chrono::seconds(1) || ttl.feeds < std::chrono::seconds(1)) {
    return Status::Invalid("makes links that end at once");
  }
  config.link_ttl = ttl;
  return Status::Ok();
}

Status SetUrlPrefix(DirConfig& config, const std::string& value) {
  if (!value.starts_with('/')) return Status::Invalid("does not begin with a slash");
  config.url_prefix = value;
  return Status::Ok();
}

Status SetRate(DirConfig& config, const std::string& value) {
  return Keep(DownloadRate::Parse(value), config.rate);
}

Status SetStreams(DirConfig& config, const std::string& value) {
  return Keep(StreamLimit::Parse(value), config.streams);
}

Status SetStallTimeout(DirConfig& config, const std::string& value) {
  const auto timeout = ParseDuration(value);
  if (!timeout.ok()) return timeout.status();
  if (*timeout < std::chrono::seconds(1)) {
    return Status::Invalid("would cut off everybody: a second is the least");
  }
  config.stall_timeout = *timeout;
  return Status::Ok();
}

Status SetLedgerDir(ServerConfig& config, const std::string& value) {
  return KeepDirectory(value, config.ledger_dir);
}

Status SetLedgerWindow(ServerConfig& config, const std::string& value) {
  return Keep(ParseDuration(value), config.ledger_window);
}

std::string Joined(int count, char* const words[]) {
  std::string value;
  for (int i = 0; i < count; ++i) value += (i == 0 ? "" : " ") + std::string(words[i]);
  return value;
}

const char* Explain(cmd_parms* cmd, const std::string& value, const Status& status) {
  return apr_psprintf(cmd->pool, "%s \"%s\": %s. Write for example: %s %s", cmd->cmd->name,
                      Printable(value).c_str(), status.text().c_str(), cmd->cmd->name,
                      static_cast<const char*>(cmd->info));
}

template <Setter kSet>
const char* SetOne(cmd_parms* cmd, void*, const char* word) {
  const std::string value = word;
  const Status status = kSet(ServerConfigOf(cmd->server), value);
  return status.ok() ? nullptr : Explain(cmd, value, status);
}

template <Setter kSet>
const char* SetWords(cmd_parms* cmd, void*, int count, char* const words[]) {
  const std::string value = Joined(count, words);
  const Status status = kSet(ServerConfigOf(cmd->server), value);
  return status.ok() ? nullptr : Explain(cmd, value, status);
}

template <std::optional<bool> ServerConfig::*kSetting>
const char* SetFlag(cmd_parms* cmd, void*, int on) {
  ServerConfigOf(cmd->server).*kSetting = on != 0;
  return nullptr;
}

// As SetOne and SetWords, for what may also stand in a <Location>.
template <LocationSetter kSet>
const char* SetLocationWords(cmd_parms* cmd, void* dir_config, int count, char* const words[]) {
  const std::string value = Joined(count, words);
  const Status status = kSet(*static_cast<DirConfig*>(dir_config), value);
  return status.ok() ? nullptr : Explain(cmd, value, status);
}

template <LocationSetter kSet>
const char* SetLocationWord(cmd_parms* cmd, void* dir_config, const char* word) {
  char* const words[] = {const_cast<char*>(word)};
  return SetLocationWords<kSet>(cmd, dir_config, 1, words);
}

// httpd declares the function of a row without parameters when it is compiled as C++, so one cast
// is needed; the overloads make sure that it agrees with how httpd will call it.
template <typename Function>
command_rec Row(const char* name, Function function, const char* example, int where, cmd_how how,
                const char* help) {
  const auto any = reinterpret_cast<cmd_func>(reinterpret_cast<void (*)()>(function));
  return {name, any, const_cast<char*>(example), where, how, help};
}

// One word, in quotes if it holds blanks.
template <Setter kSet>
command_rec Word(const char* name, const char* example, const char* help) {
  return Row(name, Guarded<SetOne<kSet>, kInternalError>, example, RSRC_CONF, TAKE1, help);
}

// As Word, for what the whole server shares: a virtual host that names it is told so.
template <Setter kSet>
const char* SetGlobal(cmd_parms* cmd, void* dir_config, const char* word) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  return SetOne<kSet>(cmd, dir_config, word);
}
template <Setter kSet>
command_rec GlobalWord(const char* name, const char* example, const char* help) {
  return Row(name, Guarded<SetGlobal<kSet>, kInternalError>, example, RSRC_CONF, TAKE1, help);
}

// Several words, joined by single blanks.
template <Setter kSet>
command_rec Words(const char* name, const char* example, const char* help) {
  return Row(name, Guarded<SetWords<kSet>, kInternalError>, example, RSRC_CONF, TAKE_ARGV, help);
}

template <std::optional<bool> ServerConfig::*kSetting>
command_rec Flag(const char* name, const char* help) {
  return Row(name, Guarded<SetFlag<kSetting>, kInternalError>, "On", RSRC_CONF, FLAG, help);
}

template <LocationSetter kSet>
command_rec LocationWord(const char* name, const char* example, const char* help) {
  return Row(name, Guarded<SetLocationWord<kSet>, kInternalError>, example, RSRC_CONF | ACCESS_CONF,
             TAKE1, help);
}
template <LocationSetter kSet>
command_rec LocationWords(const char* name, const char* example, const char* help) {
  return Row(name, Guarded<SetLocationWords<kSet>, kInternalError>, example,
             RSRC_CONF | ACCESS_CONF, TAKE_ARGV, help);
}

}  // namespace

const command_rec* Directives() {
  static const command_rec kTable[] = {
      Word<SetCacheDir>("AudioCacheDir", "/var/cache/audiodl/www",
                        "The directory of fetched objects, ours alone"),
      Word<SetCacheMaxSize>("AudioCacheMaxSize", "40G", "The most bytes the cache may hold"),
      Word<SetCacheMinFree>("AudioCacheMinFree", "5%",
                            "What the cache leaves free on its file system"),
      Word<SetCacheMaxAge>("AudioCacheMaxAge", "30d",
                           "How long an object stays that nobody asks for"),
      Words<SetOrigin>("AudioOrigin", "s3://books/prod region=eu-west-1",
                       "Where objects come from: s3://BUCKET[/PREFIX] options, or file:///FOLDER"),
      Words<SetCredentials>("AudioCredentials", "/etc/audiodl/credentials profile=web",
                            "Who signs: a shared-credentials file, env, instance or auto"),
      Word<SetOriginTimeout>("AudioOriginTimeout", "30s",
                             "How long the origin may take before a client is told 504"),
      Word<SetFillParts>("AudioFillParts", "12",
                         "How many pieces of one object are read from the origin at once"),
      GlobalWord<SetFillConnections>(
          "AudioFillConnections", "48",
          "How many pieces of all objects together are read from the origins at once"),
      Word<SetListing>("AudioListing", "/var/www/listing",
                       "The tree of zero-length files, one for each chunk"),
      Words<SetSessionPreset>("AudioSessionPreset", "symfony",
                              "Where a known kind of shop keeps its sessions: plain, symfony, "
                              "laravel or magento, and options"),
      Word<SetSessionCookie>("AudioSessionCookie", "PHPSESSID",
                             "The cookie that holds the shop's session id"),
      Word<SetSessionQuery>("AudioSessionQuery",
                            "\"SELECT data FROM sessions WHERE id = %{session}s\"",
                            "The statement that finds a session; parameters: session, now"),
      Words<SetSessionFormat>("AudioSessionFormat", "php",
                              "Wrappers (base64, url), then php, php_binary, php_serialize, json "
                              "or plain"),
      Word<SetCustomerKey>("AudioCustomerKey", "customer_id",
                           "Where in the session the customer stands"),
      Word<SetEntitlementQuery>(
          "AudioEntitlementQuery",
          "\"SELECT 1 FROM purchases WHERE customer_id = %{customer}s AND book = %{book}s\"",
          "The statement that grants a book; parameters: customer, book, chunk, now"),
      Word<SetLinkKeys>("AudioLinkKeys", "/etc/audiodl/link-keys",
                        "The keys of signed links, for Require audio-link"),
      Word<SetLoginUrl>("AudioLoginURL", "https://www.example.org/login?next=%{return}",
                        "Where a browser without a session is sent"),
      Words<SetSessionStore>("AudioSessionStore", "memcached://127.0.0.1:11211",
                             "Where PHP keeps its sessions: dbd, memcached://... or redis://..."),
      Word<SetDbTimeout>("AudioDBTimeout", "2s", "How long the database or session store may take"),
      Word<SetDbConnections>("AudioDBConnections", "4",
                             "How many connections to it each process may have"),
      Word<SetSessionEntitlementQuery>(
          "AudioSessionEntitlementQuery",
          "\"SELECT s.data, p.book IS NOT NULL FROM sessions s LEFT JOIN purchases p ON ... WHERE "
          "s.id = %{session}s\"",
          "One statement for both; parameters: session, book, chunk, now"),
      Word<SetDecisionCache>("AudioDecisionCache", "shmcb",
                             "Where decisions are remembered: a cache of httpd's, or none"),
      Words<SetDecisionTtl>("AudioDecisionTTL", "60s 10s",
                            "How long a yes is remembered, and how long a no"),
      Word<SetGrantTtl>("AudioGrantTTL", "24h",
                        "How long a download may be resumed after its session ended"),
      Flag<&ServerConfig::revocations>("AudioRevocations",
                                       "Whether the table audiodl_revocations is obeyed"),
      Word<SetFreeTitles>("AudioFreeTitles", "/etc/audiodl/free-titles",
                          "The file of books that are free for a while"),
      Flag<&ServerConfig::ledger>("AudioLedger",
                                  "Whether completed downloads are noted in the database"),
      Word<SetLedgerDir>("AudioLedgerDir", "/var/lib/audiodl/ledger",
                         "Where deliveries are noted until the database knows them"),
      Word<SetLedgerWindow>("AudioLedgerWindow", "24h",
                            "How long after a completed download another one is the same"),
      Word<SetDisposition>("AudioDisposition", "attachment",
                           "Whether browsers save a chunk or play it: attachment or inline"),
      Words<SetCorsOrigins>("AudioCORSOrigins", "https://player.example.org",
                            "The web players of other hosts that may read downloads, or none"),
      Word<SetBooksQuery>("AudioBooksQuery",
                          "\"SELECT book FROM purchases WHERE customer_id = %{customer}s\"",
                          "The statement that lists a customer's books; parameters: customer, now"),
      Word<SetPageQuery>(
          "AudioPageQuery",
          "\"SELECT 1, NULL, NULL, d.chunk, d.completed_at FROM purchases p LEFT JOIN downloads d "
          "ON ... WHERE p.customer_id = %{customer}s AND p.book = %{book}s\"",
          "Right and downloads of a book in one statement; parameters: customer, book, now"),
      Word<SetPageCss>("AudioPageCSS", "/css/downloads.css",
                       "The shop's own style sheet for the pages"),
      Words<SetMirrors>("AudioMirrors", "https://www2.example.org/download",
                        "Other servers with the same books, for Metalink"),
      Words<SetLinkTtl>("AudioLinkTTL", "7d 365d",
                        "How long links are good that pages make, and how long feeds"),
      Flag<&ServerConfig::debug_headers>("AudioDebugHeaders",
                                         "Whether responses carry X-Audiodl-Cache"),
      LocationWord<SetUrlPrefix>("AudioURLPrefix", "/download",
                                 "The part of the URL before BOOK/CHUNK"),
      LocationWords<SetRate>("AudioRate", "500K burst=1M",
                             "How fast one download may be, after its first bytes"),
      LocationWords<SetStreams>("AudioStreams", "4 address=16",
                                "How many downloads a customer may have at a time"),
      LocationWord<SetStallTimeout>("AudioStallTimeout", "5m",
                                    "How long a client may take nothing before it is cut off"),
      {},
  };
  return kTable;
}

}  // namespace audiodl
