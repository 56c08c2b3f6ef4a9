// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/handler.h"

#include <apr_buckets.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <httpd.h>

#include <algorithm>
#include <string_view>

#include "common/cache/cache_reader.h"
#include "common/cache/listing.h"
#include "common/cache/media_type.h"
#include "common/cache/range_hint.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authz.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/delivery.h"
#include "mod_audiodl/gate.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/pump.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/streams.h"

namespace audiodl {
namespace {

constexpr char kSizeNote[] = "audiodl-size";

const char* CopyToPool(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

int AnswerTrouble(request_rec* r, const Status& status) {
  CountTrouble(*ServerConfigOf(r->server).fetcher, status.code());
  return Answer(r, CauseOfOrigin(status.code()), status.text());
}

// Opens the chunk, with the first byte that the client will be sent in the cache.
Status OpenChunk(request_rec* r, Delivery& delivery, Lookup& lookup) {
  Follower& follower = delivery.follower;
  CacheReader& reader = delivery.reader;
  const char* range = apr_table_get(r->headers_in, "Range");
  RangeHint hint = RangeHint::Parse(range != nullptr ? range : "");
  if (!r->header_only && !hint.from_end) {
    const Status status = follower.Open(WantKind::kBytes, hint.offset, hint.length, reader, lookup);
    if (status.ok()) follower.ReadAhead(reader, hint.offset, hint.length);
    return status;
  }
  const Status status = follower.Open(WantKind::kInfo, 0, 0, reader, lookup);
  if (!status.ok() || r->header_only || reader.complete()) return status;
  const uint64_t length = std::min(hint.length, reader.header().size);
  Lookup again;
  return follower.Open(WantKind::kBytes, reader.header().size - length, length, reader, again);
}

void SetHeaders(request_rec* r, const ChunkName& chunk, const CacheReader& reader) {
  const ObjectHeader& object = reader.header();
  ap_update_mtime(r, apr_time_from_sec(object.last_modified));
  ap_set_last_modified(r);
  apr_table_setn(r->headers_out, "ETag", CopyToPool(r->pool, object.etag));
  ap_set_accept_ranges(r);
  ap_set_content_length(r, static_cast<apr_off_t>(object.size));
  const std::string_view type = MediaTypeOf(chunk.chunk, object.content_type);
  ap_set_content_type(r, CopyToPool(r->pool, type));
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  MarkPrivate(r);
}

void Report(request_rec* r, const ServerConfig& config, Lookup lookup, apr_time_t began) {
  CountLookup(*config.fetcher, lookup);
  const char* name = LookupName(lookup);
  apr_table_setn(r->notes, "audiodl-cache", name);
  if (lookup != Lookup::kHit) {
    const apr_time_t waited = apr_time_as_msec(apr_time_now() - began);
    apr_table_setn(r->notes, "audiodl-origin-ms",
                   apr_psprintf(r->pool, "%" APR_TIME_T_FMT, waited));
  }
  if (config.DebugHeaders()) apr_table_setn(r->headers_out, "X-Audiodl-Cache", name);
}

// The reader's descriptor as a file that core sends with sendfile(2). In the connection's pool,
// because a file of the request's pool would be duplicated for every slice that httpd sets aside;
// it has no clean-up there: the descriptor is the reader's, and goes with the request.
apr_file_t* FileOf(request_rec* r, const CacheReader& reader) {
  apr_os_file_t fd = reader.fd();
  apr_int32_t flags = APR_FOPEN_READ | APR_FOPEN_BINARY;
  const core_dir_config* core =
      static_cast<core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
  if (core->enable_sendfile != ENABLE_SENDFILE_OFF) flags |= APR_FOPEN_SENDFILE_ENABLED;
  apr_file_t* file = nullptr;
  apr_os_file_put(&file, &fd, flags, r->connection->pool);
  return file;
}

void SetPace(request_rec* r, Delivery& delivery) {
  const DownloadRate rate = DirConfigOf(r).Rate();
  ClientLine* line = LineOf(r->connection);
  if (!rate.limits() || line == nullptr) return;
  delivery.pace = NewInPool<Pace>(r->pool, r->connection, *line, rate);
}

apr_status_t Send(request_rec* r, Delivery& delivery) {
  apr_bucket_alloc_t* allocator = r->connection->bucket_alloc;
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, allocator);
  const uint64_t size = delivery.reader.header().size;
  bool pumped = size == 0;
  if (size > 0) {
    delivery.file = FileOf(r, delivery.reader);
    apr_bucket* bucket =
        apr_brigade_insert_file(brigade, delivery.file, 0, static_cast<apr_off_t>(size), r->pool);
    apr_bucket_file_enable_mmap(bucket, 0);
    SetPace(r, delivery);
    pumped = UsePump(r, delivery);
  }
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(allocator));
  return pumped ? ap_pass_brigade(r->output_filters, brigade)
                : SendThroughGate(r, delivery, brigade);
}

int SendChunk(request_rec* r, Delivery& delivery) {
  const apr_status_t status = Send(r, delivery);
  // A client that went away is no error of the server's.
  return status == APR_SUCCESS || r->connection->aborted ? OK : AP_FILTER_ERROR;
}

// RFC 9110 section 14.1.2: a suffix of no bytes cannot be satisfied. httpd's filter would ignore
// it.
bool AsksForNothing(request_rec* r) {
  const char* range = apr_table_get(r->headers_in, "Range");
  if (range == nullptr || apr_table_get(r->headers_in, "If-Range") != nullptr) return false;
  const RangeHint hint = RangeHint::Parse(range);
  return hint.from_end && hint.length == 0 &&
         std::string_view(range).find(',') == std::string_view::npos;
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

int Serve(request_rec* r, const ServerConfig& config, const ChunkName& chunk, int64_t marker) {
  const apr_time_t began = apr_time_now();
  Delivery& delivery = *NewInPool<Delivery>(r->pool, *config.fetcher, *config.store,
                                            config.store->origin.KeyFor(chunk.path), marker);
  const CacheReader& reader = delivery.reader;
  Lookup lookup = Lookup::kMiss;
  const Status opened = OpenChunk(r, delivery, lookup);
  Report(r, config, lookup, began);
  if (!opened.ok()) return AnswerTrouble(r, opened);

  SetHeaders(r, chunk, reader);
  apr_table_setn(r->notes, kSizeNote,
                 apr_psprintf(r->pool, "%" APR_UINT64_T_FMT, reader.header().size));
  if (const int condition = ap_meets_conditions(r); condition != OK) return condition;
  // RFC 9110 section 14.2: Range means nothing with HEAD.
  if (r->header_only) {
    apr_table_unset(r->headers_in, "Range");
    return OK;
  }
  if (AsksForNothing(r)) return HTTP_RANGE_NOT_SATISFIABLE;
  if (!reader.complete() && ContentFiltersRead(r)) {
    if (Status status = WaitForAll(delivery); !status.ok()) return AnswerTrouble(r, status);
  }
  return SendChunk(r, delivery);
}

int HandleRequest(request_rec* r) {
  if (r->handler == nullptr || std::string_view(r->handler) != "audiodl") return DECLINED;
  const ServerConfig& config = ServerConfigOf(r->server);
  if (!config.store || !config.listing || config.fetcher == nullptr) {
    return Answer(r, Cause::kConfig,
                  "SetHandler audiodl needs AudioCacheDir, AudioOrigin and AudioListing in this "
                  "virtual host");
  }
  if (r->method_number != M_GET) {
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);  // HEAD goes with it
    return HTTP_METHOD_NOT_ALLOWED;
  }
  const ChunkName* chunk = FindChunk(r);
  if (chunk == nullptr) return AnswerNoted(r, Cause::kNotListed);
  const Result<int64_t> marker = FindMarker(*config.listing, *chunk);
  if (!marker.ok()) {
    const bool not_listed = marker.status().code() == Code::kNotFound;
    return Answer(r, not_listed ? Cause::kNotListed : Cause::kListingUnreadable,
                  marker.status().text());
  }
  if (const int refused = TakeStream(r); refused != OK) return refused;
  return Serve(r, config, *chunk, *marker);
}

// httpd's byterange filter answers 416 without saying how large the object is (RFC 9110
// section 15.5.17), and what was to be in every answer is gone by then.
void AddContentRange(request_rec* r) {
  const char* size = apr_table_get(r->notes, kSizeNote);
  if (size == nullptr) return;
  MarkPrivate(r);
  if (r->status != HTTP_RANGE_NOT_SATISFIABLE) return;
  apr_table_setn(r->err_headers_out, "Content-Range",
                 apr_pstrcat(r->pool, "bytes */", size, nullptr));
}

}  // namespace

void RegisterHandler(apr_pool_t* pool) {
  RegisterGate(pool);
  RegisterPump(pool);
  ap_hook_handler(Guarded<HandleRequest, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                  APR_HOOK_MIDDLE);
  ap_hook_insert_error_filter(Guarded<AddContentRange>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
