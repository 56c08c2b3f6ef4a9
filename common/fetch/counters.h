// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the server has done so far. The numbers lie in the shared state, so that any process can
// show them and a graceful restart, or the death of a worker or of the fetcher, loses none of them.
//
//   shared.counters.workers.hits.Add();
//   shared.counters.fetcher.fetched_bytes.Add(bytes.size());
//
// Workers and the fetcher write to different cache lines, so that neither slows down the other. A
// new number is a member here and a row in metrics.cc; a static_assert there fails where the row is
// missing. Every method is safe from any thread of any process.

#ifndef AUDIODL_COMMON_FETCH_COUNTERS_H_
#define AUDIODL_COMMON_FETCH_COUNTERS_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/base/status.h"
#include "common/calls/breaker.h"
#include "common/fetch/process_gauges.h"

namespace audiodl {

// One number. Relaxed: no other memory depends on it, and readers want no more than its value.
class Count {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  // For amounts that one process knows as a whole.
  void Set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
};

struct WorkerCounters {
  // Requests, by what was found for them in the cache.
  Count hits;
  Count partial;
  Count joined;
  Count misses;
  Count passed;  // found no room in the cache and went through memory

  Count refused;       // answered 503 because too many were waiting for the origin
  Count throttled;     // answered 429: AudioStreams of one customer were under way
  Count stalled;       // downloads cut off: the client took nothing for AudioStallTimeout
  Count sent_bytes;    // of chunks, as %B in a log has it
  Count wants_unsent;  // the fetcher's queue was full; whoever waits asks again
};

// Rights, by how they were found out.
struct DecisionCounters {
  Count memo;      // as for the last request on the connection
  Count cache;     // remembered, yes or no
  Count database;  // asked
  Count grants;    // gone on without a session, or without a database
  Count revoked;   // refused because of a revocation
  Count free;      // free for everybody at the time
  Count trouble;   // could not be found out
};

// What became of the requests to an origin. A folder's reads are counted like HTTP's.
struct OriginAnswers {
  Count ok;                   // 2xx
  Count forbidden;            // 401, 403
  Count not_found;            // 404
  Count precondition_failed;  // 412: the generation has changed
  Count range_refused;        // 416
  Count throttled;            // 429, 503
  Count server_error;         // 5xx but 503
  Count no_answer;            // nothing, or one that broke off
  Count other;
};

struct FetcherCounters {
  // How many fills failed, by why; see FailedFills().
  static constexpr size_t kFailures = static_cast<size_t>(Code::kBusy);
  // REQUIRES: code != kOk.
  Count& FailedFills(Code code) { return failed_fills[static_cast<size_t>(code) - 1]; }
  const Count& FailedFills(Code code) const { return failed_fills[static_cast<size_t>(code) - 1]; }

  Count starts;  // fetchers that began to take wants
  OriginAnswers answers;
  Count fetched_bytes;  // object bytes that came from the origin, those of failed reads too
  Count retries;        // reads begun again after a failure
  Count hedges;         // second reads begun beside one that stalls
  Count wants_dropped;  // malformed, or for a store that is not configured any more
  Count filled_blocks;
  std::array<Count, kFailures> failed_fills;
  Count corrupt_objects;  // whose bytes did not agree with their digest
  Count spilled_files;    // that found no room in the cache and were kept in memory
  Count evicted_files;
  Count evicted_bytes;
  // Of all cache directories together, as far as the fetcher knows them.
  Count used_bytes;
  Count free_bytes;  // that can be filled before something must be evicted
};

// Of the shop's database and its session store together.
struct BackendCounters {
  // Questions by what came of them.
  Count answered;
  Count timed_out;
  Count unreachable;
  Count held_off;   // not asked: the breaker was open
  Count none_free;  // not asked: all connections were taken
  Count outages;    // times that a breaker opened
};

// The ledger of completed downloads.
struct LedgerCounters {
  Count recorded;     // deliveries noted in a journal
  Count lost;         // deliveries that could not be noted, or were refused
  Count completions;  // noted in the database by this server
  Count waiting;      // entries that are not in the database yet
  Count unshown;      // pages of books that were shown without what it says
};

// One for each database or session store, by the order in which the configuration names them. Two
// share one where there are more: the other's outage is then theirs too, for a second at a time.
using Breakers = std::array<Breaker, 16>;

// For what pages ask of the ledger, by the database's number as above. What merely adorns a page is
// no reason to wait, so one failure is enough, and it is tried again at leisure.
struct LedgerPageBreaker : Breaker {
  LedgerPageBreaker() : Breaker({1, std::chrono::seconds(10)}) {}
};
using LedgerPageBreakers = std::array<LedgerPageBreaker, std::tuple_size_v<Breakers>>;

struct Counters {
  // 64 bytes: a cache line of every processor that matters here.
  alignas(64) WorkerCounters workers;
  alignas(64) DecisionCounters decisions;
  alignas(64) FetcherCounters fetcher;
  alignas(64) BackendCounters backends;
  alignas(64) LedgerCounters ledger;
  alignas(64) Breakers breakers;
  alignas(64) LedgerPageBreakers ledger_pages;
  alignas(64) ProcessGauges processes;
};

// Counts one answer of an HTTP origin. 0: there was none.
void CountAnswer(OriginAnswers& answers, int http_status);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_COUNTERS_H_
