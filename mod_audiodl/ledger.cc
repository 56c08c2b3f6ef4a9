// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/ledger.h"

#include <apr_strings.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_ssl.h>

#include <ctime>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/fetch/follower.h"
#include "common/fetch/shared_state.h"
#include "common/ledger/delivery_desk.h"
#include "common/session/customer_name.h"
#include "mod_audiodl/connection_state.h"
#include "mod_audiodl/gate.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/ledger_check.h"
#include "mod_audiodl/ledger_filters.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/rights_memory.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// A connection's line, for as long as the connection's memory.
struct LineHolder {
  std::shared_ptr<Line> line = std::make_shared<Line>();
  ~LineHolder() { line->Gone(); }
};

conn_rec* PrimaryOf(conn_rec* c) { return c->master != nullptr ? c->master : c; }

// Null where no line is kept.
const std::shared_ptr<Line>* LedgerLineOf(conn_rec* c) {
  const ConnectionState* state = FindConnectionState(PrimaryOf(c));
  return state == nullptr ? nullptr : state->ledger_line;
}

// The number of the HTTP/2 stream, which mod_http2 sets; 0: this is HTTP/1.
std::optional<uint32_t> StreamOf(const request_rec* r) {
  if (r->connection->master == nullptr) return 0;
  const char* text = apr_table_get(r->subprocess_env, "H2_STREAM_ID");
  const std::optional<uint64_t> number = ParseDecimal(text == nullptr ? "" : text);
  if (!number || *number == 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// A response with bytes of one chunk.
class OneChunk final : public LedgerSource {
 public:
  OneChunk(const Delivery& delivery, const ChunkName& chunk) : delivery_(delivery), chunk_(chunk) {}

  ptrdiff_t ChunkOf(const apr_bucket* bucket) const override {
    return delivery_.Carries(bucket) ? 0 : -1;
  }
  LedgerItem ItemOf(size_t) const override {
    const ObjectHeader& object = delivery_.reader.header();
    return {"", chunk_.book, chunk_.chunk, std::string(object.etag), object.size};
  }
  size_t chunks() const override { return 1; }

 private:
  const Delivery& delivery_;
  const ChunkName& chunk_;
};

int PreConnection(conn_rec* c, void*) {
  if (c->master != nullptr || ServerConfigOf(ap_server_conf).ledger_desk == nullptr) {
    return DECLINED;
  }
  const auto* holder = NewInPool<LineHolder>(c->pool);
  ConnectionStateOf(c).ledger_line = &holder->line;
  AddLine(c, *holder->line);
  return DECLINED;
}

int CountRequest(request_rec* r) {
  if (r->connection->master != nullptr) return DECLINED;
  if (const auto* line = LedgerLineOf(r->connection)) (*line)->CountRequest();
  return DECLINED;
}

// Runs when the request's last byte has been handed to the network, or none ever will be.
int FinishTallies(request_rec* r) {
  while (r->next != nullptr) r = r->next;
  const Tally* tally = StateOf(r).tally;
  if (tally != nullptr) tally->Finish(r->connection->aborted != 0);
  return DECLINED;
}

int PreClose(conn_rec* c) {
  const auto* line = c->master == nullptr ? LedgerLineOf(c) : nullptr;
  if (line == nullptr) return OK;
  c->aborted != 0 ? (*line)->GiveUp(SocketOf(c)) : (*line)->Closing(SocketOf(c));
  return OK;
}

void ChildInit(apr_pool_t* pchild, server_rec* main_server) {
  const FetcherLink* link = ServerConfigOf(main_server).fetcher;
  const std::vector<server_rec*> servers = LedgerServers(main_server);
  if (link == nullptr || servers.empty()) return;
  DeliveryDesk::Options options;
  for (server_rec* server : servers) {
    ServerConfig& config = ServerConfigOf(server);
    config.ledger_journal = options.journals.size();
    options.journals.push_back({.directory = config.LedgerDir(), .prefix = config.ledger_prefix});
  }
  options.counters = &link->shared->counters.ledger;
  options.log = LogTo(main_server);
  auto* desk = NewInPool<DeliveryDesk>(pchild, std::move(options));
  // The main server's is for connections, of which it is not known yet whose they are.
  ServerConfigOf(main_server).ledger_desk = desk;
  for (server_rec* server : servers) ServerConfigOf(server).ledger_desk = desk;
}

}  // namespace

void RecordInLedger(request_rec* r, const LedgerSource& source) {
  const ServerConfig& config = ServerConfigOf(r->server);
  if (config.ledger_prefix.empty() || config.ledger_desk == nullptr) return;
  if (r->user == nullptr || !IsCustomerName(r->user)) return;
  const std::shared_ptr<Line>* line = LedgerLineOf(r->connection);
  const std::optional<uint32_t> stream = StreamOf(r);
  const bool is_opaque = ContentFiltersRead(r);
  const bool is_nameless = !IsUtf8(r->uri);
  if (line == nullptr || !stream || is_nameless || (is_opaque && source.chunks() > 1)) {
    config.fetcher->shared->counters.ledger.lost.Add();
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "audiodl: what is delivered cannot be noted in the ledger: %s",
                  is_nameless ? "its name is not UTF-8"
                  : stream    ? "a filter changes it"
                              : "mod_http2 does not tell the stream's number");
    return;
  }
  conn_rec* c = r->connection;
  auto* tally =
      NewInPool<Tally>(r->pool, Tally{.source = source,
                                      .customer = r->user,
                                      .desk = *config.ledger_desk,
                                      .line = *line,
                                      .journal = config.ledger_journal,
                                      .stream = *stream,
                                      .is_encrypted = *stream == 0 && ap_ssl_conn_is_ssl(c) != 0,
                                      .is_opaque = is_opaque});
  StateOf(r).tally = tally;
  (*line)->Watch(SocketOf(PrimaryOf(c)));
  AddTally(r, *tally);
}

void RecordInLedger(request_rec* r, const Delivery& delivery, const ChunkName& chunk) {
  RecordInLedger(r, *NewInPool<OneChunk>(r->pool, delivery, chunk));
}

void MarkLedgerServers(server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.ledger_prefix.empty() || config.dbd == nullptr || !KeepsLedger(server)) continue;
    const Sha256Bytes digest = Sha256Of(VirtualHostId(server));
    config.ledger_prefix = HexEncode(std::span(digest).first(8));
  }
}

std::vector<server_rec*> LedgerServers(server_rec* main_server) {
  std::vector<server_rec*> servers;
  std::set<const ServerConfig*> seen;
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    const ServerConfig& config = ServerConfigOf(server);
    if (!config.ledger_prefix.empty() && seen.insert(&config).second) servers.push_back(server);
  }
  return servers;
}

void RegisterLedger(apr_pool_t* pool) {
  RegisterLedgerFilters(pool);
  ap_hook_child_init(Guarded<ChildInit>, nullptr, nullptr, APR_HOOK_LAST);
  ap_hook_pre_connection(Guarded<PreConnection, DECLINED>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_read_request(Guarded<CountRequest, DECLINED>, nullptr, nullptr,
                            APR_HOOK_REALLY_FIRST);
  ap_hook_log_transaction(Guarded<FinishTallies, DECLINED>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_pre_close_connection(Guarded<PreClose, OK>, nullptr, nullptr, APR_HOOK_LAST);
}

}  // namespace audiodl
