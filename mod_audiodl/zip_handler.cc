// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/zip_handler.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "common/http/content_disposition.h"
#include "common/zip/book_zip.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authz.h"
#include "mod_audiodl/compression.h"
#include "mod_audiodl/gate.h"
#include "mod_audiodl/ledger.h"
#include "mod_audiodl/listed_book.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/part_gate.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/pump.h"
#include "mod_audiodl/ranged_response.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/zip_shipment.h"

namespace audiodl {
namespace {

constexpr std::string_view kFormat = "format=zip";

const char* InPool(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

// Calls `use` with each item of the query.
template <typename Use>
void ForEachItem(const request_rec* r, Use use) {
  std::string_view query = r->args != nullptr ? r->args : "";
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    use(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

// To the one part there is, with what else stands in the address: a signed link is good for it too.
int SendToPart(request_rec* r, const std::string& part) {
  std::string query;
  ForEachItem(r, [&query](std::string_view item) {
    if (item == kFormat) return;
    query += query.empty() ? '?' : '&';
    query += item;
  });
  const char* path = ap_escape_uri(r->pool, apr_pstrcat(r->pool, r->uri, part.c_str(), nullptr));
  apr_table_setn(r->headers_out, "Location", apr_pstrcat(r->pool, path, query.c_str(), nullptr));
  MarkPrivate(r);
  return HTTP_MOVED_TEMPORARILY;
}

// A date in If-Range says that no part was modified; but a new title changes the zip as well.
bool GoesByDate(std::string_view if_range) { return if_range.find('"') == std::string_view::npos; }

RequestFields FieldsFor(const request_rec* r, bool is_filtered) {
  RequestFields fields = FieldsOf(r);
  // A range of what a filter makes is not known before all of it is made.
  const bool no_range = is_filtered || (fields.if_range && GoesByDate(*fields.if_range));
  if (no_range) fields.range.reset();
  return fields;
}

// What one response is made of.
struct ZipRequest {
  request_rec* r;
  const ServerConfig& config;
  const ChunkName& name;
  const ListedBook& book;
  const BookZip& zip;
  bool is_filtered;  // a filter above us reads the bytes and changes them
};

void SetHeaders(const ZipRequest& request, const std::string& etag) {
  request_rec* r = request.r;
  if (request.zip.last_modified) {
    ap_update_mtime(r, apr_time_from_sec(*request.zip.last_modified));
    ap_set_last_modified(r);
  }
  const std::string file =
      BookFileName(request.name.book, request.book.manifest.get()) + std::string(".zip");
  apr_table_t* headers = r->headers_out;
  apr_table_setn(headers, "ETag", InPool(r->pool, etag));
  apr_table_setn(headers, "Accept-Ranges", request.is_filtered ? "none" : "bytes");
  apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
  apr_table_setn(headers, "Content-Disposition",
                 InPool(r->pool, ContentDisposition(Disposition::kAttachment, file)));
  ap_set_content_type(r, "application/zip");
  MarkPrivate(r);
}

// By malloc, because the brigade's allocator takes 8 KiB for each text that is not tiny.
void AppendText(std::string_view text, apr_bucket_brigade* brigade) {
  char* copy = static_cast<char*>(std::malloc(text.size()));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.data(), text.size());
  APR_BRIGADE_INSERT_TAIL(
      brigade, apr_bucket_heap_create(copy, text.size(), std::free, brigade->bucket_alloc));
}

void Append(const ZipLayout& layout, const ByteRange& range, ZipShipment& shipment,
            apr_bucket_brigade* brigade) {
  for (const ZipPiece& piece : layout.Pieces(range)) {
    if (piece.entry) {
      APR_BRIGADE_INSERT_TAIL(brigade,
                              shipment.Add(*piece.entry, piece.bytes, brigade->bucket_alloc));
    } else {
      AppendText(piece.literal, brigade);
    }
  }
}

void Report(const ZipRequest& request, Lookup lookup, apr_time_t began) {
  request_rec* r = request.r;
  CountLookup(*request.config.fetcher, lookup);
  const char* name = LookupName(lookup);
  apr_table_setn(r->notes, "audiodl-cache", name);
  if (request.config.DebugHeaders()) apr_table_setn(r->headers_out, "X-Audiodl-Cache", name);
  if (lookup == Lookup::kHit) return;
  apr_table_setn(
      r->notes, "audiodl-origin-ms",
      apr_psprintf(r->pool, "%" APR_TIME_T_FMT, apr_time_as_msec(apr_time_now() - began)));
}

int AnswerTrouble(const ZipRequest& request, bool is_outdated, const Status& status) {
  // Nobody waits for it, and nothing is wrong.
  if (request.r->connection->aborted) return OK;
  if (is_outdated) return Answer(request.r, Cause::kManifestOutdated, status.text());
  CountTrouble(*request.config.fetcher, status.code());
  return Answer(request.r, CauseOfOrigin(status.code()), status.text());
}

int Send(request_rec* r, ZipShipment& shipment, apr_bucket_brigade* brigade) {
  RecordInLedger(r, shipment);
  const bool pumped = UsePump(r, shipment);
  if (!pumped) AddPartGate(r, shipment.pace());
  return pumped ? PassOn(r, brigade) : SendWithoutPump(r, brigade);
}

int ServeBytes(const ZipRequest& request, const ResponsePlan& plan) {
  request_rec* r = request.r;
  const ZipLayout& layout = request.zip.layout;
  ZipShipment& shipment =
      *NewInPool<ZipShipment>(r->pool, r, request.config, request.name, request.book);
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
  FillBrigade(r, plan, layout.size(), brigade,
              [&](const ByteRange& range) { Append(layout, range, shipment, brigade); });
  if (request.is_filtered) apr_table_unset(r->headers_out, "Content-Length");
  const apr_time_t began = apr_time_now();
  const Status opened = shipment.OpenFirst();
  Report(request, shipment.lookup(), began);
  if (opened.ok()) return Send(r, shipment, brigade);
  r->status = HTTP_OK;
  return AnswerTrouble(request, shipment.is_outdated(), opened);
}

int Serve(const ZipRequest& request) {
  request_rec* r = request.r;
  const uint64_t size = request.zip.layout.size();
  const std::string etag = request.zip.layout.EntityTag();
  SetHeaders(request, etag);
  const ResponsePlan plan = PlanResponse(FieldsFor(r, request.is_filtered),
                                         {size, etag, request.zip.last_modified}, NowOf(r));
  if (plan.status == HTTP_RANGE_NOT_SATISFIABLE) return RefuseRange(r, size);
  if (plan.status != HTTP_OK && plan.status != HTTP_PARTIAL_CONTENT) return plan.status;
  if (!r->header_only) return ServeBytes(request, plan);
  if (!request.is_filtered) ap_set_content_length(r, static_cast<apr_off_t>(size));
  return OK;
}

}  // namespace

bool AsksForZip(const request_rec* r) {
  bool found = false;
  ForEachItem(r, [&found](std::string_view item) { found = found || item == kFormat; });
  return found;
}

int ServeZip(request_rec* r, const ChunkName& name) {
  const ListedBook& book = ListedBookOf(r, name);
  if (!book.status.ok()) return AnswerUnlisted(r, book.status);
  if (book.parts.size() == 1) return SendToPart(r, book.parts[0].name);
  const Result<BookZip> zip = MakeBookZip(name.book, book.manifest.get(), book.parts);
  if (!zip.ok()) return Answer(r, Cause::kNoZip, zip.status().text());
  DropCompression(r);
  return Serve({r, ServerConfigOf(r->server), name, book, *zip, ContentFiltersRead(r)});
}

}  // namespace audiodl
