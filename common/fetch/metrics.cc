// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/metrics.h"

#include <algorithm>

namespace audiodl {
namespace {

template <Count WorkerCounters::*kCount>
uint64_t Worker(const Counters& counters) {
  return (counters.workers.*kCount).Get();
}

template <Count FetcherCounters::*kCount>
uint64_t Fetcher(const Counters& counters) {
  return (counters.fetcher.*kCount).Get();
}

template <Count DecisionCounters::*kCount>
uint64_t Decided(const Counters& counters) {
  return (counters.decisions.*kCount).Get();
}

template <Count OriginAnswers::*kCount>
uint64_t Answer(const Counters& counters) {
  return (counters.fetcher.answers.*kCount).Get();
}

template <Count BackendCounters::*kCount>
uint64_t Backend(const Counters& counters) {
  return (counters.backends.*kCount).Get();
}

template <Count LedgerCounters::*kCount>
uint64_t Ledger(const Counters& counters) {
  return (counters.ledger.*kCount).Get();
}

uint64_t OpenBreakers(const Counters& counters) {
  return static_cast<uint64_t>(std::count_if(counters.breakers.begin(), counters.breakers.end(),
                                             [](const Breaker& b) { return b.is_open(); }));
}

template <Code kCode>
uint64_t Failed(const Counters& counters) {
  return counters.fetcher.FailedFills(kCode).Get();
}

template <std::atomic<uint32_t> ProcessGauges::Slot::*kGauge>
uint64_t Now(const Counters& counters) {
  return counters.processes.Sum(kGauge);
}

using A = OriginAnswers;
using B = BackendCounters;
using D = DecisionCounters;
using F = FetcherCounters;
using L = LedgerCounters;
using S = ProcessGauges::Slot;
using W = WorkerCounters;

constexpr MetricSample kRequests[] = {{"hit", Worker<&W::hits>},
                                      {"partial", Worker<&W::partial>},
                                      {"joined", Worker<&W::joined>},
                                      {"miss", Worker<&W::misses>},
                                      {"pass", Worker<&W::passed>}};
constexpr MetricSample kRefused[] = {{"", Worker<&W::refused>}};
constexpr MetricSample kThrottled[] = {{"", Worker<&W::throttled>}};
constexpr MetricSample kStalled[] = {{"", Worker<&W::stalled>}};
constexpr MetricSample kSentBytes[] = {{"", Worker<&W::sent_bytes>}};
constexpr MetricSample kWaiting[] = {{"", Now<&S::waiters>}};
constexpr MetricSample kDownloads[] = {{"", Now<&S::downloads>}};

constexpr MetricSample kDecisions[] = {
    {"connection", Decided<&D::memo>},   {"cache", Decided<&D::cache>},
    {"database", Decided<&D::database>}, {"grant", Decided<&D::grants>},
    {"revoked", Decided<&D::revoked>},   {"free", Decided<&D::free>},
    {"trouble", Decided<&D::trouble>}};

constexpr MetricSample kOriginRequests[] = {
    {"ok", Answer<&A::ok>},
    {"forbidden", Answer<&A::forbidden>},
    {"not_found", Answer<&A::not_found>},
    {"precondition_failed", Answer<&A::precondition_failed>},
    {"range_refused", Answer<&A::range_refused>},
    {"throttled", Answer<&A::throttled>},
    {"server_error", Answer<&A::server_error>},
    {"no_answer", Answer<&A::no_answer>},
    {"other", Answer<&A::other>}};
constexpr MetricSample kFetchedBytes[] = {{"", Fetcher<&F::fetched_bytes>}};
constexpr MetricSample kRetries[] = {{"", Fetcher<&F::retries>}};
constexpr MetricSample kHedges[] = {{"", Fetcher<&F::hedges>}};

constexpr MetricSample kFills[] = {{"", Now<&S::fills>}};
constexpr MetricSample kFilledBlocks[] = {{"", Fetcher<&F::filled_blocks>}};
constexpr MetricSample kFailedFills[] = {{"invalid", Failed<Code::kInvalid>},
                                         {"not_found", Failed<Code::kNotFound>},
                                         {"forbidden", Failed<Code::kForbidden>},
                                         {"throttled", Failed<Code::kThrottled>},
                                         {"unreachable", Failed<Code::kUnreachable>},
                                         {"archived", Failed<Code::kArchived>},
                                         {"changed", Failed<Code::kChanged>},
                                         {"out_of_range", Failed<Code::kOutOfRange>},
                                         {"corrupt", Failed<Code::kCorrupt>},
                                         {"no_space", Failed<Code::kNoSpace>},
                                         {"io", Failed<Code::kIo>},
                                         {"busy", Failed<Code::kBusy>}};
static_assert(std::size(kFailedFills) == FetcherCounters::kFailures, "a code has no row above");
constexpr MetricSample kDroppedWants[] = {{"queue_full", Worker<&W::wants_unsent>},
                                          {"not_understood", Fetcher<&F::wants_dropped>}};

constexpr MetricSample kUsedBytes[] = {{"", Fetcher<&F::used_bytes>}};
constexpr MetricSample kFreeBytes[] = {{"", Fetcher<&F::free_bytes>}};
constexpr MetricSample kSpilledFiles[] = {{"", Fetcher<&F::spilled_files>}};
constexpr MetricSample kEvictedFiles[] = {{"", Fetcher<&F::evicted_files>}};
constexpr MetricSample kEvictedBytes[] = {{"", Fetcher<&F::evicted_bytes>}};
constexpr MetricSample kCorruptObjects[] = {{"", Fetcher<&F::corrupt_objects>}};

constexpr MetricSample kFetchers[] = {{"", Now<&S::fetchers>}};
constexpr MetricSample kStarts[] = {{"", Fetcher<&F::starts>}};

constexpr MetricSample kBackendQuestions[] = {{"answered", Backend<&B::answered>},
                                              {"timed_out", Backend<&B::timed_out>},
                                              {"unreachable", Backend<&B::unreachable>},
                                              {"held_off", Backend<&B::held_off>},
                                              {"none_free", Backend<&B::none_free>}};
constexpr MetricSample kBackendOutages[] = {{"", Backend<&B::outages>}};
constexpr MetricSample kBackendsDown[] = {{"", OpenBreakers}};
constexpr MetricSample kConnections[] = {{"", Now<&S::connections>}};

constexpr MetricSample kDeliveries[] = {{"recorded", Ledger<&L::recorded>},
                                        {"lost", Ledger<&L::lost>}};
constexpr MetricSample kCompletions[] = {{"", Ledger<&L::completions>}};
constexpr MetricSample kLedgerWaiting[] = {{"", Ledger<&L::waiting>}};
constexpr MetricSample kPagesWithoutLedger[] = {{"", Ledger<&L::unshown>}};

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

constexpr MetricFamily kFamilies[] = {
    {"requests", kCounter, "", "cache", "Requests for chunks by what the cache had", kRequests},
    {"refused_requests", kCounter, "", "",
     "Requests answered 503 because too many were waiting for the origin", kRefused},
    {"throttled_requests", kCounter, "", "",
     "Requests answered 429 because their customer had AudioStreams downloads under way",
     kThrottled},
    {"stalled_downloads", kCounter, "", "",
     "Downloads cut off because the client took nothing for AudioStallTimeout", kStalled},
    {"sent_bytes", kCounter, "bytes", "", "Bytes of chunks sent to clients", kSentBytes},
    {"downloads", kGauge, "", "", "Downloads that are under way now", kDownloads},
    {"waiting_requests", kGauge, "", "", "Requests that wait for the origin now", kWaiting},
    {"decisions", kCounter, "", "source", "Rights to chunks by how they were found out",
     kDecisions},
    {"origin_requests", kCounter, "", "result", "Requests to the origin by what came of them",
     kOriginRequests},
    {"fetched_bytes", kCounter, "bytes", "", "Bytes of objects that came from the origin",
     kFetchedBytes},
    {"retries", kCounter, "", "", "Reads from the origin begun again after a failure", kRetries},
    {"hedges", kCounter, "", "", "Second reads begun beside one that stalled", kHedges},
    {"fills", kGauge, "", "", "Objects that are being filled now", kFills},
    {"filled_blocks", kCounter, "", "", "Blocks of 256 KiB put into the cache", kFilledBlocks},
    {"failed_fills", kCounter, "", "reason", "Fills that failed by why", kFailedFills},
    {"dropped_wants", kCounter, "", "reason", "Messages to the fetcher that were lost",
     kDroppedWants},
    {"cache_used_bytes", kGauge, "bytes", "", "Bytes that the cache holds", kUsedBytes},
    {"cache_free_bytes", kGauge, "bytes", "", "Bytes that the cache may take before it evicts",
     kFreeBytes},
    {"spilled_files", kCounter, "", "",
     "Objects kept in memory because the cache had no room, or its disk failed", kSpilledFiles},
    {"evicted_files", kCounter, "", "", "Cache files evicted", kEvictedFiles},
    {"evicted_bytes", kCounter, "bytes", "", "Bytes of the cache files evicted", kEvictedBytes},
    {"corrupt_objects", kCounter, "", "", "Fetched objects that did not agree with their digest",
     kCorruptObjects},
    {"backend_questions", kCounter, "", "result",
     "Questions to the database and the session store by what came of them", kBackendQuestions},
    {"backend_outages", kCounter, "", "",
     "Times that the database or the session store stopped answering", kBackendOutages},
    {"backends_down", kGauge, "", "", "Databases and session stores that do not answer now",
     kBackendsDown},
    {"database_connections", kGauge, "", "", "Connections to databases that are open now",
     kConnections},
    {"ledger_deliveries", kCounter, "", "result",
     "Deliveries to customers by whether they were noted for the ledger", kDeliveries},
    {"ledger_completions", kCounter, "", "", "Completed downloads noted in the ledger",
     kCompletions},
    {"ledger_waiting", kGauge, "", "", "Deliveries that are noted and not in the database yet",
     kLedgerWaiting},
    {"pages_without_ledger", kCounter, "", "",
     "Pages shown without what was downloaded because the ledger could not be read",
     kPagesWithoutLedger},
    {"fetchers", kGauge, "", "", "Fetcher processes, 2 while an old one finishes its fills",
     kFetchers},
    {"fetcher_starts", kCounter, "", "", "Times that a fetcher began its work", kStarts},
};

// Gauges are of processes and breakers, except those of the cache and the ledger, which are Counts.
constexpr bool IsCount(const MetricFamily& family) {
  return family.type == kCounter || family.name.starts_with("cache_") ||
         family.name.starts_with("ledger_");
}

constexpr size_t CountSamples() {
  size_t samples = 0;
  for (const MetricFamily& family : kFamilies) {
    if (IsCount(family)) samples += family.samples.size();
  }
  return samples;
}

// These structs consist of Counts only, so their sizes tell how many rows there must be; that each
// row reads another one is the unit test's to see.
static_assert(CountSamples() * sizeof(Count) ==
                  sizeof(WorkerCounters) + sizeof(DecisionCounters) + sizeof(FetcherCounters) +
                      sizeof(BackendCounters) + sizeof(LedgerCounters),
              "a counter is missing from the table");

}  // namespace

std::span<const MetricFamily> AllMetrics() { return kFamilies; }

}  // namespace audiodl
