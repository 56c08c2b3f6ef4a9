// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/accounting.h"

#include <ap_mpm.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>

#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

Counters* CountersOf(const server_rec* server) {
  const FetcherLink* link = ServerConfigOf(server).fetcher;
  return link == nullptr ? nullptr : &link->shared->counters;
}

Count& LookupCount(WorkerCounters& workers, Lookup lookup) {
  switch (lookup) {
    case Lookup::kHit:
      return workers.hits;
    case Lookup::kPartial:
      return workers.partial;
    case Lookup::kJoined:
      return workers.joined;
    case Lookup::kPass:
      return workers.passed;
    case Lookup::kMiss:
      break;
  }
  return workers.misses;
}

// Runs when the request's last byte has been handed to the network, whichever thread did that.
// httpd passes the first of a chain of internal redirects; the last one is what the client got.
int CountSentBytes(request_rec* r) {
  while (r->next != nullptr) r = r->next;
  const bool ours = apr_table_get(r->notes, "audiodl-cache") != nullptr;
  if (!ours || !ap_is_HTTP_SUCCESS(r->status) || r->bytes_sent <= 0) return DECLINED;
  if (Counters* counters = CountersOf(r->server)) {
    counters->workers.sent_bytes.Add(static_cast<uint64_t>(r->bytes_sent));
  }
  return DECLINED;
}

// In the parent, for every child that it has reaped.
void NoteChildStatus(server_rec* server, pid_t pid, ap_generation_t, int, mpm_child_status state) {
  if (state != MPM_CHILD_EXITED) return;
  const FetcherLink* link = ServerConfigOf(server).fetcher;
  if (link == nullptr) return;
  link->shared->counters.processes.Forget(pid);
  link->shared->streams.Forget(pid);
}

}  // namespace

const Counters* SharedCounters(const server_rec* server) { return CountersOf(server); }

void CountLookup(const FetcherLink& link, Lookup lookup) {
  LookupCount(link.shared->counters.workers, lookup).Add();
}

void CountTrouble(const FetcherLink& link, Code code) {
  // What the origin's trouble is the fetcher counts; this one is ours.
  if (code == Code::kBusy) link.shared->counters.workers.refused.Add();
}

void NoteStalledClient(conn_rec* c, std::chrono::milliseconds patience) {
  ap_log_cerror(APLOG_MARK, APLOG_INFO, 0, c,
                "audiodl: a client is cut off, because it took nothing for %ld s "
                "(AudioStallTimeout)",
                static_cast<long>(patience.count() / 1000));
  if (Counters* counters = CountersOf(ap_server_conf)) counters->workers.stalled.Add();
}

void CountDecision(request_rec* r, DecisionSource source) {
  struct Row {
    const char* name;
    Count DecisionCounters::*count;
  };
  // In the order of DecisionSource.
  static constexpr Row kRows[] = {
      {"connection", &DecisionCounters::memo},   {"cache", &DecisionCounters::cache},
      {"database", &DecisionCounters::database}, {"grant", &DecisionCounters::grants},
      {"revoked", &DecisionCounters::revoked},   {"free", &DecisionCounters::free},
      {"trouble", &DecisionCounters::trouble},
  };
  const Row& row = kRows[static_cast<size_t>(source)];
  apr_table_setn(r->notes, "audiodl-decision", row.name);
  if (Counters* counters = CountersOf(r->server)) (counters->decisions.*row.count).Add();
}

void RegisterAccounting(apr_pool_t*) {
  ap_hook_log_transaction(Guarded<CountSentBytes, DECLINED>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_status(Guarded<NoteChildStatus>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
