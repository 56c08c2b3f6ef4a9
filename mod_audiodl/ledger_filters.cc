// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/ledger_filters.h"

#include <apr_buckets.h>
#include <apr_portable.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include <algorithm>
#include <ctime>
#include <string_view>
#include <utility>

#include "common/ledger/delivery_desk.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

constexpr char kTallyName[] = "AUDIODL_TALLY";
constexpr char kLineName[] = "AUDIODL_LINE";
constexpr char kFramesName[] = "AUDIODL_FRAMES";

// Of encrypted bytes only whole stretches can be told to have arrived. Those of a book's zip are
// longer, because there are many.
constexpr uint64_t kEncryptedStretch = 256 * 1024;
constexpr uint64_t kEncryptedStretchOfMany = 4 << 20;

enum class Edge : unsigned char { kBegin, kEnd };

struct Mark {
  // The request's; a mark never passes after the request's end, which is behind it.
  Transfer* transfer;
  size_t stretch;
  Edge edge;
};

void DestroyMark(void* mark) { apr_bucket_free(mark); }

apr_status_t ReadMark(apr_bucket*, const char** text, apr_size_t* length, apr_read_type_e) {
  *text = nullptr;
  *length = 0;
  return APR_SUCCESS;
}

const apr_bucket_type_t kMarkType = {"AUDIODL_MARK",
                                     5,
                                     apr_bucket_type_t::APR_BUCKET_METADATA,
                                     DestroyMark,
                                     ReadMark,
                                     apr_bucket_setaside_noop,
                                     apr_bucket_split_notimpl,
                                     apr_bucket_copy_notimpl};

apr_bucket* NewMark(apr_bucket_alloc_t* list, const Mark& mark) {
  auto* bucket = static_cast<apr_bucket*>(apr_bucket_alloc(sizeof(apr_bucket), list));
  APR_BUCKET_INIT(bucket);
  bucket->free = apr_bucket_free;
  bucket->list = list;
  bucket->type = &kMarkType;
  bucket->length = 0;
  bucket->start = 0;
  bucket->data = new (apr_bucket_alloc(sizeof(Mark), list)) Mark(mark);
  return bucket;
}

bool IsEnd(const apr_bucket* bucket) {
  return APR_BUCKET_IS_EOS(bucket) || AP_BUCKET_IS_EOR(bucket);
}

// -- TALLY

Transfer& TransferOf(Tally& tally, size_t chunk) {
  std::shared_ptr<Transfer>& transfer = tally.transfers[chunk];
  if (transfer != nullptr) return *transfer;
  Transfer::Options options;
  options.item = tally.source.ItemOf(chunk);
  options.item.customer = tally.customer;
  options.line = tally.line;
  options.stream = tally.stream;
  options.journal = tally.journal;
  if (tally.is_opaque || tally.is_encrypted) options.grain = SentMap::Grain::kStretch;
  transfer = std::make_shared<Transfer>(std::move(options));
  tally.desk.Watch(transfer);
  return *transfer;
}

// Notes where the stretch begins or ends, or has it noted when what stands before `at` has passed.
void NoteEdge(const Tally& tally, Edge edge, apr_bucket* at) {
  Transfer& transfer = *tally.last;
  if (tally.stream == 0) {
    APR_BUCKET_INSERT_BEFORE(at, NewMark(at->list, {&transfer, tally.stretch, edge}));
    return;
  }
  transfer.WithMap([&](SentMap& map) {
    edge == Edge::kBegin ? map.Began(tally.stretch, tally.body)
                         : map.Ended(tally.stretch, tally.body);
  });
}

void OpenStretch(Tally& tally, Transfer& transfer, uint64_t first, apr_bucket* at) {
  const bool is_responses_first = tally.last == nullptr;
  if (!is_responses_first && tally.last != &transfer) tally.last->SetFollowed();
  tally.stretch = transfer.WithMap([&](SentMap& map) { return map.Begin(first); });
  tally.open = tally.last = &transfer;
  // A mark between the head and the first bytes would keep mod_ssl from sending them together; and
  // of what is encrypted it need not be known to the byte where it begins.
  if (tally.is_encrypted && is_responses_first) {
    const uint64_t position = tally.line->passed();
    transfer.WithMap([&](SentMap& map) { map.Began(tally.stretch, position); });
  } else if (!tally.is_encrypted || tally.stretch == 0) {
    NoteEdge(tally, Edge::kBegin, at);
  }
}

void CloseStretch(Tally& tally, apr_bucket* at) {
  if (std::exchange(tally.open, nullptr) != nullptr) NoteEdge(tally, Edge::kEnd, at);
}

// How much more the stretch may take that is open.
uint64_t RoomIn(Tally& tally) {
  if (!tally.is_encrypted) return UINT64_MAX;
  const uint64_t most = tally.source.chunks() > 1 ? kEncryptedStretchOfMany : kEncryptedStretch;
  return most - tally.open->WithMap([](SentMap& map) { return map.last_end() - map.last_first(); });
}

// A bucket of a chunk's bytes.
void TakeBytes(Tally& tally, Transfer& transfer, apr_bucket* bucket) {
  const uint64_t first = static_cast<uint64_t>(bucket->start);
  const bool goes_on = tally.open == &transfer &&
                       transfer.WithMap([&](SentMap& map) { return map.last_end() == first; });
  if (!goes_on) {
    CloseStretch(tally, bucket);
    OpenStretch(tally, transfer, first, bucket);
  }
  const uint64_t room = RoomIn(tally);
  if (bucket->length > room) apr_bucket_split(bucket, room);
  transfer.WithMap([&](SentMap& map) { map.Extend(first + bucket->length); });
  tally.body += bucket->length;
  if (bucket->length >= room) CloseStretch(tally, APR_BUCKET_NEXT(bucket));
}

void TakeOpaque(Tally& tally, request_rec* r, apr_bucket* bucket) {
  if (tally.last == nullptr) {
    Transfer& transfer = TransferOf(tally, 0);
    OpenStretch(tally, transfer, 0, bucket);
    transfer.WithMap([&](SentMap& map) { map.Extend(transfer.item().size); });
  }
  if (!APR_BUCKET_IS_METADATA(bucket)) tally.body += bucket->length;
  // What was broken off, by whomever, is not what the filter would have made of all.
  if (AP_BUCKET_IS_ERROR(bucket) || r->connection->aborted) tally.open = nullptr;
  if (IsEnd(bucket) && r->status == HTTP_OK) CloseStretch(tally, bucket);
}

void Take(Tally& tally, request_rec* r, apr_bucket* bucket) {
  if (tally.is_opaque) {
    TakeOpaque(tally, r, bucket);
  } else if (const ptrdiff_t chunk = tally.source.ChunkOf(bucket); chunk >= 0) {
    TakeBytes(tally, TransferOf(tally, static_cast<size_t>(chunk)), bucket);
  } else if (!APR_BUCKET_IS_METADATA(bucket)) {
    CloseStretch(tally, bucket);
    tally.body += bucket->length;
  } else if (IsEnd(bucket)) {
    CloseStretch(tally, bucket);
  }
}

apr_status_t PassTally(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  Tally& tally = *static_cast<Tally*>(filter->ctx);
  bool is_end = false;
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);
       bucket = APR_BUCKET_NEXT(bucket)) {
    if (bucket->type == &kMarkType) continue;
    is_end = is_end || IsEnd(bucket);
    Take(tally, filter->r, bucket);
  }
  if (is_end) ap_remove_output_filter(filter);
  return ap_pass_brigade(filter->next, brigade);
}

// -- LINE

void TakeOut(Line& line, apr_bucket* bucket) {
  const Mark& mark = *static_cast<const Mark*>(bucket->data);
  mark.transfer->WithMap([&](SentMap& map) {
    mark.edge == Edge::kBegin ? map.Began(mark.stretch, line.passed())
                              : map.Ended(mark.stretch, line.passed());
  });
  apr_bucket_delete(bucket);
}

// Whether the connection's end is among it.
bool CountBuckets(Line& line, apr_bucket_brigade* brigade) {
  bool is_end = false;
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);) {
    apr_bucket* next = APR_BUCKET_NEXT(bucket);
    if (bucket->type == &kMarkType) {
      TakeOut(line, bucket);
    } else if (AP_BUCKET_IS_EOC(bucket)) {
      is_end = true;
    } else if (bucket->length == static_cast<apr_size_t>(-1)) {
      line.LoseCount();
    } else {
      line.Pass(bucket->length);
    }
    bucket = next;
  }
  return is_end;
}

apr_status_t PassLine(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  Line& line = *static_cast<Line*>(filter->ctx);
  const bool is_end = CountBuckets(line, brigade);
  if (APR_BRIGADE_EMPTY(brigade)) return APR_SUCCESS;
  const apr_status_t status = ap_pass_brigade(filter->next, brigade);
  // As late as can be before httpd closes its side.
  if (is_end && !filter->c->aborted) line.Closing(SocketOf(filter->c));
  return status;
}

// -- FRAMES

apr_status_t TakeFrames(FrameCounter& frames, apr_bucket* bucket) {
  if (APR_BUCKET_IS_METADATA(bucket)) return APR_SUCCESS;
  // What is only a body need not be read, and a file's should not.
  if (bucket->length <= frames.skippable()) {
    frames.Skip(bucket->length);
    return APR_SUCCESS;
  }
  const char* data = nullptr;
  apr_size_t size = 0;
  const apr_status_t status = apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ);
  if (status == APR_SUCCESS) frames.Take({data, size});
  return status;
}

bool SpeaksHttp2(conn_rec* c) {
  const std::string_view protocol = ap_get_protocol(c);
  return protocol == "h2" || protocol == "h2c";
}

apr_status_t PassFrames(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  if (!SpeaksHttp2(filter->c)) return ap_pass_brigade(filter->next, brigade);
  Line& line = *static_cast<Line*>(filter->ctx);
  apr_status_t status = APR_SUCCESS;
  const bool begins_to_close = line.frames().With([&](FrameCounter& frames) {
    const bool said_goodbye = frames.says_goodbye();
    for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade) && status == APR_SUCCESS;
         bucket = APR_BUCKET_NEXT(bucket)) {
      status = TakeFrames(frames, bucket);
    }
    return frames.says_goodbye() && !said_goodbye;
  });
  if (status != APR_SUCCESS) return status;
  // A client that has closed the connection answers a GOAWAY with a reset: so look before.
  if (begins_to_close) line.Closing(SocketOf(filter->c));
  status = ap_pass_brigade(filter->next, brigade);
  line.frames().With([&](FrameCounter& frames) { frames.Passed(line.passed()); });
  return status;
}

}  // namespace

void Tally::Finish(bool aborted) const {
  for (const auto& [chunk, transfer] : transfers) transfer->Finish(std::time(nullptr), aborted);
}

int SocketOf(conn_rec* c) {
  apr_socket_t* socket = ap_get_conn_socket(c);
  apr_os_sock_t fd = -1;
  if (socket == nullptr || apr_os_sock_get(&fd, socket) != APR_SUCCESS) return -1;
  return fd;
}

void AddTally(request_rec* r, Tally& tally) {
  ap_add_output_filter(kTallyName, &tally, r, r->connection);
}

void AddLine(conn_rec* c, Line& line) {
  ap_add_output_filter(kLineName, &line, nullptr, c);
  if (ap_find_linked_module("mod_http2.c") != nullptr) {
    ap_add_output_filter(kFramesName, &line, nullptr, c);
  }
}

void RegisterLedgerFilters(apr_pool_t*) {
  // TALLY below the byterange filter, which is AP_FTYPE_PROTOCOL; FRAMES above TLS, which is
  // AP_FTYPE_CONNECTION + 5; LINE above core, which is AP_FTYPE_NETWORK.
  ap_register_output_filter(kTallyName, Guarded<PassTally, APR_EGENERAL>, nullptr,
                            AP_FTYPE_TRANSCODE);
  ap_register_output_filter(kFramesName, Guarded<PassFrames, APR_EGENERAL>, nullptr,
                            AP_FTYPE_CONNECTION);
  ap_register_output_filter(kLineName, Guarded<PassLine, APR_EGENERAL>, nullptr,
                            static_cast<ap_filter_type>(AP_FTYPE_NETWORK - 1));
}

}  // namespace audiodl
