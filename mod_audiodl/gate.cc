// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/gate.h"

#include <ap_mpm.h>
#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <poll.h>
#include <util_filter.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "common/client/client_socket.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/client_line.h"
#include "mod_audiodl/connection_state.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

constexpr char kGateName[] = "AUDIODL_GATE";

// Content filters of httpd's own modules that look at headers or the clock and pass the body on
// untouched; the last ones are mod_cache's, which keeps nothing of ours (MarkPrivate).
constexpr std::array<std::string_view, 10> kHarmlessFilters = {
    "fixup_headers_out", "fixup_headers_err", "mod_expires", "old_write",
    "mod_session_out",   "logio_ttfb_out",    "cache_save",  "cache_save_subreq",
    "cache_remove_url",  "cache_invalidate"};

// mod_ratelimit's, which sends some, sleeps in the handler, and sends more.
constexpr std::string_view kRateLimit = "rate_limit";

void Move(apr_bucket* bucket, apr_bucket_brigade* to) {
  APR_BUCKET_REMOVE(bucket);
  APR_BRIGADE_INSERT_TAIL(to, bucket);
}

// The head with its Content-Length is on its way, so the only honest end is a broken connection:
// the client sees that bytes are missing and can resume.
apr_status_t Break(ap_filter_t* filter, apr_bucket_brigade* rest, const Status& status) {
  // The client has gone meanwhile.
  if (filter->c->aborted) return GiveUp(filter, rest, APR_ECONNABORTED);
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, filter->r,
                "audiodl: the download is broken off, for the client to resume: %s",
                status.text().c_str());
  return GiveUp(filter, rest, APR_ECONNABORTED);
}

// How much of the bucket is there; waits for the first of it.
Result<uint64_t> WaitForFront(Delivery& delivery, const apr_bucket* bucket) {
  if (delivery.reader.complete()) return uint64_t{bucket->length};
  return delivery.follower.WaitFor(delivery.reader, static_cast<uint64_t>(bucket->start),
                                   bucket->length);
}

bool HasNothingToDo(const Delivery& delivery) {
  return delivery.reader.complete() && (delivery.pace == nullptr || delivery.pace->IsDone());
}

apr_status_t PassThroughGate(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  Delivery& delivery = *static_cast<Delivery*>(filter->ctx);
  apr_bucket_brigade* ready = apr_brigade_create(filter->r->pool, filter->c->bucket_alloc);
  while (!APR_BRIGADE_EMPTY(brigade) && !HasNothingToDo(delivery)) {
    apr_bucket* bucket = APR_BRIGADE_FIRST(brigade);
    if (!delivery.Carries(bucket)) {
      Move(bucket, ready);
      continue;
    }
    const Result<uint64_t> filled = WaitForFront(delivery, bucket);
    if (!filled.ok()) {
      apr_brigade_cleanup(ready);
      return Break(filter, brigade, filled.status());
    }
    uint64_t bytes = *filled;
    const apr_status_t paced = WaitForPace(filter, delivery.pace, bytes);
    if (paced != APR_SUCCESS) return GiveUp(filter, brigade, paced);
    if (bytes < bucket->length && apr_bucket_split(bucket, bytes) != APR_SUCCESS) {
      return Break(filter, brigade, Status(Code::kIo, "a bucket could not be split"));
    }
    Move(bucket, ready);
    delivery.Sent(bytes);
    // What is there leaves before the next wait.
    const apr_status_t passed = ap_pass_brigade(filter->next, ready);
    if (passed != APR_SUCCESS) return passed;
    if (filter->c->aborted) return APR_ECONNABORTED;
    apr_brigade_cleanup(ready);
  }
  APR_BRIGADE_CONCAT(ready, brigade);
  if (HasNothingToDo(delivery)) ap_remove_output_filter(filter);
  return ap_pass_brigade(filter->next, ready);
}

// Whether the worker that runs the handler is the one that will wait for the client, to the end.
// REQUIRES: HTTP/1.
bool WorkerWaitsForClient(const request_rec* r) {
  int is_async = 0;
  ap_mpm_query(AP_MPMQ_IS_ASYNC, &is_async);
  return is_async == 0 || ConnectionStateOf(r->connection).is_late;
}

// For as long as it lives: how long core waits for the socket to take something.
class PatientSocket {
 public:
  PatientSocket(conn_rec* c, std::chrono::milliseconds patience) : socket_(ap_get_conn_socket(c)) {
    apr_socket_timeout_get(socket_, &usual_);
    apr_socket_timeout_set(socket_, apr_time_from_msec(patience.count()));
  }
  ~PatientSocket() { apr_socket_timeout_set(socket_, usual_); }
  PatientSocket(const PatientSocket&) = delete;
  PatientSocket& operator=(const PatientSocket&) = delete;

 private:
  apr_socket_t* socket_;
  apr_interval_time_t usual_ = 0;
};

apr_status_t SendPatiently(request_rec* r, apr_bucket_brigade* brigade) {
  const PatientSocket patient(r->connection, DirConfigOf(r).StallTimeout());
  LineOf(r->connection)->LimitUnsent(ClientLine::kUnsentWithWorker);
  const apr_status_t status = ap_pass_brigade(r->output_filters, brigade);
  if (status != APR_SUCCESS || !WorkerWaitsForClient(r)) return status;
  // To the last byte, so that it is known whether the client took it.
  apr_brigade_cleanup(brigade);
  return ap_fflush(r->output_filters, brigade);
}

// mod_http2 closes a stream that ends short neither with nor without the connection: unless it is
// told by this bucket, the client waits for ever. A content filter above may be in the middle of
// something.
void ResetStream(request_rec* r) {
  apr_bucket_alloc_t* list = r->connection->bucket_alloc;
  apr_bucket_brigade* end = apr_brigade_create(r->pool, list);
  APR_BRIGADE_INSERT_TAIL(end, ap_bucket_error_create(HTTP_BAD_GATEWAY, nullptr, r->pool, list));
  APR_BRIGADE_INSERT_TAIL(end, apr_bucket_eos_create(list));
  (void)ap_pass_brigade(r->proto_output_filters, end);
  apr_brigade_cleanup(end);
}

// Whether the client takes the end of the connection for that of the body, which has begun.
bool IsEndedByClosing(const request_rec* r) {
  return r->sent_bodyct != 0 && r->chunked == 0 &&
         apr_table_get(r->headers_out, "Content-Length") == nullptr;
}

// A response that was not passed on whole must not look so.
void BreakOff(request_rec* r) {
  conn_rec* c = r->connection;
  if (c->master != nullptr) return ResetStream(r);
  c->keepalive = AP_CONN_CLOSE;
  const ClientLine* line = LineOf(c);
  if (line == nullptr || !IsEndedByClosing(r)) return;
  ResetOnClose(line->socket());
  c->aborted = 1;  // closed at once, without a shutdown before
}

// What the handler returns: a client that went away is no error of the server's.
int EndOf(request_rec* r, apr_status_t passed) {
  if (passed != APR_SUCCESS || r->connection->aborted) BreakOff(r);
  return passed == APR_SUCCESS || r->connection->aborted ? OK : AP_FILTER_ERROR;
}

bool ReadsBytes(const ap_filter_t* filter) {
  if (filter->frec->ftype >= AP_FTYPE_PROTOCOL) return false;
  const std::string_view name = filter->frec->name;
  return std::find(kHarmlessFilters.begin(), kHarmlessFilters.end(), name) ==
         kHarmlessFilters.end();
}

}  // namespace

void RegisterGate(apr_pool_t*) {
  ap_register_output_filter(kGateName, Guarded<PassThroughGate, APR_EGENERAL>, nullptr,
                            AP_FTYPE_TRANSCODE);
}

apr_status_t GiveUp(ap_filter_t* filter, apr_bucket_brigade* rest, apr_status_t status) {
  apr_brigade_cleanup(rest);
  filter->c->keepalive = AP_CONN_CLOSE;
  filter->c->aborted = 1;
  return status;
}

apr_status_t WaitForPace(ap_filter_t* filter, Pace* pace, uint64_t& bytes) {
  if (pace == nullptr) return APR_SUCCESS;
  const uint64_t wanted = std::exchange(bytes, std::min(bytes, pace->Allowed()));
  if (bytes > 0) return APR_SUCCESS;
  apr_bucket_brigade* flush = apr_brigade_create(filter->r->pool, filter->c->bucket_alloc);
  const apr_status_t flushed = ap_fflush(filter->next, flush);
  if (flushed != APR_SUCCESS) return flushed;
  const int64_t patience = DirConfigOf(filter->r).StallTimeout().count();
  pollfd polled{LineOf(filter->c)->socket(), POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&polled, 1, static_cast<int>(std::min<int64_t>(patience, INT32_MAX)));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return APR_TIMEUP;
  bytes = std::min(wanted, pace->Allowed());
  // Writable with something unsent: the connection is broken.
  return bytes > 0 ? APR_SUCCESS : APR_ECONNABORTED;
}

void AddGate(request_rec* r, Delivery& delivery) {
  if (!HasNothingToDo(delivery)) ap_add_output_filter(kGateName, &delivery, r, r->connection);
}

int SendWithoutPump(request_rec* r, apr_bucket_brigade* brigade) {
  const apr_status_t status = r->connection->master == nullptr
                                  ? SendPatiently(r, brigade)
                                  : ap_pass_brigade(r->output_filters, brigade);
  if (APR_STATUS_IS_TIMEUP(status)) {
    NoteStalledClient(r->connection, DirConfigOf(r).StallTimeout());
  }
  return EndOf(r, status);
}

int PassOn(request_rec* r, apr_bucket_brigade* brigade) {
  return EndOf(r, ap_pass_brigade(r->output_filters, brigade));
}

bool ContentFiltersRead(const request_rec* r) {
  for (const ap_filter_t* filter = r->output_filters; filter != nullptr; filter = filter->next) {
    if (ReadsBytes(filter)) return true;
  }
  return false;
}

bool FiltersNeedWorker(const request_rec* r) {
  for (const ap_filter_t* filter = r->output_filters; filter != nullptr; filter = filter->next) {
    if (ReadsBytes(filter) || filter->frec->name == kRateLimit) return true;
  }
  return false;
}

}  // namespace audiodl
