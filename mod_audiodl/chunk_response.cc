// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/chunk_response.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include <memory>
#include <optional>
#include <string_view>

#include "common/book/manifest.h"
#include "common/cache/cache_reader.h"
#include "common/cache/range_hint.h"
#include "common/http/response_plan.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authz.h"
#include "mod_audiodl/chunk_headers.h"
#include "mod_audiodl/compression.h"
#include "mod_audiodl/delivery.h"
#include "mod_audiodl/gate.h"
#include "mod_audiodl/ledger.h"
#include "mod_audiodl/manifests.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/part_gate.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/pump.h"
#include "mod_audiodl/ranged_response.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

int AnswerTrouble(request_rec* r, const Status& status) {
  // Nobody waits for it, and nothing is wrong.
  if (r->connection->aborted) return OK;
  CountTrouble(*ServerConfigOf(r->server).fetcher, status.code());
  return Answer(r, CauseOfOrigin(status.code()), status.text());
}

// Which bytes the client will be sent first.
RangeHint FirstOf(const ResponsePlan& plan) {
  if (plan.ranges.empty()) return {};
  return {plan.ranges.front().offset, plan.ranges.front().length, false};
}

// The same before the origin has been asked; `known` may be what the manifest says, or none.
RangeHint Guess(const RequestFields& fields, const std::optional<ObjectFacts>& known,
                std::chrono::sys_seconds now) {
  if (known) return FirstOf(PlanResponse(fields, known->representation, now));
  return RangeHint::Parse(fields.range.value_or(std::string_view()));
}

// Opens the chunk, with the first byte that is wanted in the cache if that can be told already.
Status OpenChunk(Delivery& delivery, const RangeHint& wanted, Lookup& lookup) {
  Follower& follower = delivery.follower;
  if (wanted.from_end) return follower.Open(WantKind::kInfo, 0, 0, delivery.reader, lookup);
  const Status status =
      follower.Open(WantKind::kBytes, wanted.offset, wanted.length, delivery.reader, lookup);
  if (status.ok()) follower.ReadAhead(delivery.reader, wanted.offset, wanted.length);
  return status;
}

void NoteCache(request_rec* r, const ServerConfig& config, const char* how) {
  apr_table_setn(r->notes, "audiodl-cache", how);
  if (config.DebugHeaders()) apr_table_setn(r->headers_out, "X-Audiodl-Cache", how);
}

void Report(request_rec* r, const ServerConfig& config, Lookup lookup, apr_time_t began) {
  CountLookup(*config.fetcher, lookup);
  NoteCache(r, config, LookupName(lookup));
  if (lookup != Lookup::kHit) {
    const apr_time_t waited = apr_time_as_msec(apr_time_now() - began);
    apr_table_setn(r->notes, "audiodl-origin-ms",
                   apr_psprintf(r->pool, "%" APR_TIME_T_FMT, waited));
  }
}

// Ranges behind the first, so that the fetcher knows all of them at once.
void AnnounceRanges(Delivery& delivery, const ResponsePlan& plan) {
  if (delivery.reader.complete()) return;
  for (size_t i = 1; i < plan.ranges.size(); ++i) {
    delivery.follower.Announce(delivery.reader, plan.ranges[i].offset, plan.ranges[i].length);
  }
}

// The chunk's bytes as buckets of one file. httpd counts the users of a file by the buckets that
// were copied from one another, and mod_http2 takes one with a single user away to another thread:
// so all ranges of a response are copies of one bucket.
class ChunkBuckets {
 public:
  ChunkBuckets(request_rec* r, Delivery& delivery) {
    const uint64_t size = delivery.reader.header().size;
    if (size == 0) return;
    delivery.file = FileOf(r, delivery.reader);
    whole_ = apr_bucket_file_create(delivery.file, 0, size, r->pool, r->connection->bucket_alloc);
    apr_bucket_file_enable_mmap(whole_, 0);
  }
  ~ChunkBuckets() {
    if (whole_ != nullptr) apr_bucket_destroy(whole_);
  }
  ChunkBuckets(const ChunkBuckets&) = delete;
  ChunkBuckets& operator=(const ChunkBuckets&) = delete;

  // REQUIRES: not empty, within the chunk.
  void Append(const ByteRange& range, apr_bucket_brigade* brigade) {
    apr_bucket* part = nullptr;
    apr_bucket_copy(whole_, &part);
    part->start = static_cast<apr_off_t>(range.offset);
    part->length = range.length;
    APR_BRIGADE_INSERT_TAIL(brigade, part);
  }

 private:
  apr_bucket* whole_ = nullptr;
};

int Pass(request_rec* r, const ChunkName& chunk, Delivery& delivery, apr_bucket_brigade* brigade) {
  delivery.pace = PaceOf(r);
  if (delivery.file != nullptr) RecordInLedger(r, delivery, chunk);
  const bool passed_on = delivery.file == nullptr || UsePump(r, delivery);
  if (!passed_on) AddGate(r, delivery);
  return passed_on ? PassOn(r, brigade) : SendWithoutPump(r, brigade);
}

int SendChunk(request_rec* r, const ChunkName& chunk, Delivery& delivery,
              const ResponsePlan& plan) {
  AnnounceRanges(delivery, plan);
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
  {
    ChunkBuckets buckets(r, delivery);
    FillBrigade(r, plan, delivery.reader.header().size, brigade,
                [&](const ByteRange& range) { buckets.Append(range, brigade); });
  }
  return Pass(r, chunk, delivery, brigade);
}

// Waits until no hole is left, for filters that read the bytes.
Status WaitForAll(Delivery& delivery) {
  const uint64_t size = delivery.reader.header().size;
  for (uint64_t offset = 0; offset < size;) {
    const Result<uint64_t> filled =
        delivery.follower.WaitFor(delivery.reader, offset, size - offset);
    if (!filled.ok()) return filled.status();
    offset += *filled;
  }
  return delivery.reader.Refresh();
}

// The filter gets all of the bytes.
int SendThroughFilters(request_rec* r, const ChunkName& chunk, Delivery& delivery) {
  if (Status status = WaitForAll(delivery); !status.ok()) return AnswerTrouble(r, status);
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
  const uint64_t size = delivery.reader.header().size;
  if (size > 0) ChunkBuckets(r, delivery).Append({0, size}, brigade);
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(r->connection->bucket_alloc));
  return Pass(r, chunk, delivery, brigade);
}

// One request for a chunk that is listed.
struct ChunkRequest {
  request_rec* r;
  const ServerConfig& config;
  const ChunkName& chunk;
  bool is_filtered;  // a filter above us reads the bytes, and may change them
  RequestFields fields;
  Listed listed;
  std::optional<ObjectFacts> listed_facts;  // as the manifest has them
};

// Whether a plan ends here, without a byte of the chunk.
bool NeedsNoBytes(const ChunkRequest& request, const ResponsePlan& plan) {
  return request.fields.is_head || (plan.status != HTTP_OK && plan.status != HTTP_PARTIAL_CONTENT);
}

// As the open file's header has it.
ResponsePlan PlanFor(const ChunkRequest& request, const Delivery& delivery) {
  const ObjectFacts facts = FactsOf(delivery.reader.header());
  return PlanResponse(request.fields, facts.representation, NowOf(request.r));
}

bool IsAnother(const RangeHint& guess, const ChunkRequest& request, const ResponsePlan& plan) {
  return !NeedsNoBytes(request, plan) && (guess.from_end || guess.offset != FirstOf(plan).offset);
}

void SetHeaders(const ChunkRequest& request, const ObjectFacts& facts) {
  request_rec* r = request.r;
  SetChunkHeaders(r, request.chunk, facts, request.listed);
  if (!request.is_filtered) return;
  apr_table_unset(r->headers_out, "Repr-Digest");
  // What GET will say of it is the filter's affair.
  if (request.fields.is_head) apr_table_unset(r->headers_out, "Content-Length");
}

// REQUIRES: NeedsNoBytes().
int AnswerWithoutBytes(const ChunkRequest& request, const ObjectFacts& facts,
                       const ResponsePlan& plan) {
  request_rec* r = request.r;
  MarkPrivate(r);
  if (plan.status == HTTP_RANGE_NOT_SATISFIABLE) {
    return RefuseRange(r, facts.representation.size);
  }
  if (plan.status == HTTP_NOT_MODIFIED) SetValidators(r, facts);
  if (plan.status != HTTP_OK) return plan.status;
  SetHeaders(request, facts);
  return OK;
}

// A podcast app asks for each episode's HEAD, and a library that is synchronised whether anything
// has changed: with a manifest that costs the origin nothing. What the origin itself has confirmed
// to us is preferred. DECLINED: the bytes, or the origin, must be asked.
int AnswerFromManifest(const ChunkRequest& request, Delivery& delivery) {
  if (!request.listed_facts) return DECLINED;
  if (delivery.follower.Look(WantKind::kInfo, 0, delivery.reader).ok()) return DECLINED;
  const ResponsePlan plan =
      PlanResponse(request.fields, request.listed_facts->representation, NowOf(request.r));
  // A refusal would be final, so the origin has the last word on that.
  if (!request.fields.is_head && plan.status != HTTP_NOT_MODIFIED) return DECLINED;
  NoteCache(request.r, request.config, "manifest");
  return AnswerWithoutBytes(request, *request.listed_facts, plan);
}

// `known` is what can be told of the object beforehand, if anything.
int SendWanted(const ChunkRequest& request, Delivery& delivery,
               const std::optional<ObjectFacts>& known) {
  request_rec* r = request.r;
  const apr_time_t began = apr_time_now();
  Lookup lookup = Lookup::kMiss;
  const RangeHint guess = Guess(request.fields, known, NowOf(r));
  Status opened = OpenChunk(delivery, guess, lookup);
  ResponsePlan plan = PlanFor(request, delivery);
  // The size was not known, or If-Range named another generation, or the like.
  if (opened.ok() && IsAnother(guess, request, plan) && !delivery.reader.complete()) {
    Lookup again;
    opened = OpenChunk(delivery, FirstOf(plan), again);
    plan = PlanFor(request, delivery);
  }
  Report(r, request.config, lookup, began);
  if (!opened.ok()) return AnswerTrouble(r, opened);

  const ObjectFacts facts = FactsOf(delivery.reader.header());
  if (NeedsNoBytes(request, plan)) return AnswerWithoutBytes(request, facts, plan);
  SetHeaders(request, facts);
  return request.is_filtered ? SendThroughFilters(r, request.chunk, delivery)
                             : SendChunk(r, request.chunk, delivery, plan);
}

// What was asked for may well need no bytes, so that none is fetched before this is known.
int AnswerQuestion(const ChunkRequest& request, Delivery& delivery) {
  request_rec* r = request.r;
  const apr_time_t began = apr_time_now();
  Lookup lookup = Lookup::kMiss;
  const Status opened = delivery.follower.Open(WantKind::kInfo, 0, 0, delivery.reader, lookup);
  if (!opened.ok()) {
    Report(r, request.config, lookup, began);
    return AnswerTrouble(r, opened);
  }
  const ObjectFacts facts = FactsOf(delivery.reader.header());
  const ResponsePlan plan = PlanFor(request, delivery);
  if (!NeedsNoBytes(request, plan)) return SendWanted(request, delivery, facts);
  Report(r, request.config, lookup, began);
  return AnswerWithoutBytes(request, facts, plan);
}

int Serve(const ChunkRequest& request, Delivery& delivery) {
  const RequestFields& fields = request.fields;
  if (!fields.is_head && !fields.if_none_match && !fields.if_modified_since) {
    return SendWanted(request, delivery, request.listed_facts);
  }
  const int answered = AnswerFromManifest(request, delivery);
  if (answered != DECLINED) return answered;
  const bool needs_bytes = request.listed_facts && !fields.is_head;
  return needs_bytes ? SendWanted(request, delivery, request.listed_facts)
                     : AnswerQuestion(request, delivery);
}

}  // namespace

int ServeChunk(request_rec* r, const ChunkName& chunk, int64_t marker) {
  const ServerConfig& config = ServerConfigOf(r->server);
  DropCompression(r);
  const std::shared_ptr<const Manifest> manifest = ManifestOf(r, chunk.book);
  Listed listed;
  if (manifest) listed = {manifest.get(), manifest->Find(chunk.chunk)};
  ChunkRequest request{r,           config, chunk,          ContentFiltersRead(r),
                       FieldsOf(r), listed, FactsOf(listed)};
  // Ranges are ranges of what the filter makes, so httpd cuts them behind it.
  if (request.is_filtered) request.fields.range.reset();
  Delivery& delivery = *NewInPool<Delivery>(r->pool, r->connection, *config.fetcher, *config.store,
                                            config.store->origin.KeyFor(chunk.path), marker);
  return Serve(request, delivery);
}

void RegisterChunkResponse(apr_pool_t* pool) {
  RegisterGate(pool);
  RegisterPartGate(pool);
  RegisterPump(pool);
}

}  // namespace audiodl
