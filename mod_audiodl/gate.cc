// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/gate.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <util_filter.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

constexpr char kGateName[] = "AUDIODL_GATE";

// Content filters of httpd's own modules that look at headers and pass the body on untouched; the
// last ones are mod_cache's, which keeps nothing of ours (MarkPrivate).
constexpr std::array<std::string_view, 8> kHarmlessFilters = {
    "fixup_headers_out", "fixup_headers_err", "mod_expires",      "old_write",
    "cache_save",        "cache_save_subreq", "cache_remove_url", "cache_invalidate"};

void Move(apr_bucket* bucket, apr_bucket_brigade* to) {
  APR_BUCKET_REMOVE(bucket);
  APR_BRIGADE_INSERT_TAIL(to, bucket);
}

// The head with its Content-Length is on its way, so the only honest end is a broken connection:
// the client sees that bytes are missing and can resume.
apr_status_t Break(ap_filter_t* filter, apr_bucket_brigade* rest, const Status& status) {
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, filter->r,
                "audiodl: the download is broken off, for the client to resume: %s",
                status.text().c_str());
  apr_brigade_cleanup(rest);
  filter->c->keepalive = AP_CONN_CLOSE;
  filter->c->aborted = 1;
  return APR_ECONNABORTED;
}

// Leaves at the front of `brigade` a bucket of bytes that are there, splitting it off where needed.
Status WaitForFront(Delivery& delivery, apr_bucket* bucket) {
  const uint64_t offset = static_cast<uint64_t>(bucket->start);
  const Result<uint64_t> filled =
      delivery.follower.WaitFor(delivery.reader, offset, bucket->length);
  if (!filled.ok()) return filled.status();
  if (*filled < bucket->length && apr_bucket_split(bucket, *filled) != APR_SUCCESS) {
    return Status(Code::kIo, "a bucket could not be split");
  }
  return Status::Ok();
}

apr_status_t PassThroughGate(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  Delivery& delivery = *static_cast<Delivery*>(filter->ctx);
  if (delivery.reader.complete()) {
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
  }
  apr_bucket_brigade* ready = apr_brigade_create(filter->r->pool, filter->c->bucket_alloc);
  while (!APR_BRIGADE_EMPTY(brigade)) {
    apr_bucket* bucket = APR_BRIGADE_FIRST(brigade);
    if (!delivery.Carries(bucket)) {
      Move(bucket, ready);
      continue;
    }
    if (Status status = WaitForFront(delivery, bucket); !status.ok()) {
      apr_brigade_cleanup(ready);
      return Break(filter, brigade, status);
    }
    Move(bucket, ready);
    // What is there leaves before the next wait.
    const apr_status_t passed = ap_pass_brigade(filter->next, ready);
    if (passed != APR_SUCCESS) return passed;
    if (filter->c->aborted) return APR_ECONNABORTED;
    apr_brigade_cleanup(ready);
  }
  return ap_pass_brigade(filter->next, ready);
}

}  // namespace

void RegisterGate(apr_pool_t*) {
  ap_register_output_filter(kGateName, Guarded<PassThroughGate, APR_EGENERAL>, nullptr,
                            AP_FTYPE_TRANSCODE);
}

void AddGate(request_rec* r, Delivery& delivery) {
  ap_add_output_filter(kGateName, &delivery, r, r->connection);
}

bool ContentFiltersRead(const request_rec* r) {
  for (const ap_filter_t* filter = r->output_filters; filter != nullptr; filter = filter->next) {
    if (filter->frec->ftype >= AP_FTYPE_PROTOCOL) continue;
    const std::string_view name = filter->frec->name;
    const bool harmless =
        std::find(kHarmlessFilters.begin(), kHarmlessFilters.end(), name) != kHarmlessFilters.end();
    if (!harmless) return true;
  }
  return false;
}

}  // namespace audiodl
