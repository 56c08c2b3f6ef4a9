// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/part_gate.h"

#include <apr_buckets.h>
#include <util_filter.h>

#include "mod_audiodl/guarded.h"
#include "mod_audiodl/part_bucket.h"

namespace audiodl {
namespace {

constexpr char kGateName[] = "AUDIODL_PART_GATE";

void Move(apr_bucket* bucket, apr_bucket_brigade* to) {
  APR_BUCKET_REMOVE(bucket);
  APR_BRIGADE_INSERT_TAIL(to, bucket);
}

apr_status_t PassParts(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  apr_bucket_brigade* ready = apr_brigade_create(filter->r->pool, filter->c->bucket_alloc);
  while (!APR_BRIGADE_EMPTY(brigade)) {
    apr_bucket* bucket = APR_BRIGADE_FIRST(brigade);
    if (!IsPartBucket(bucket)) {
      Move(bucket, ready);
      continue;
    }
    const char* bytes = nullptr;
    apr_size_t length = 0;
    apr_status_t status = apr_bucket_read(bucket, &bytes, &length, APR_BLOCK_READ);
    if (status == APR_SUCCESS) {
      Move(bucket, ready);
      status = ap_pass_brigade(filter->next, ready);
      apr_brigade_cleanup(ready);
    }
    if (status == APR_SUCCESS && filter->c->aborted) status = APR_ECONNABORTED;
    if (status != APR_SUCCESS) {
      apr_brigade_cleanup(ready);
      apr_brigade_cleanup(brigade);
      return status;
    }
  }
  return ap_pass_brigade(filter->next, ready);
}

}  // namespace

void RegisterPartGate(apr_pool_t*) {
  ap_register_output_filter(kGateName, Guarded<PassParts, APR_EGENERAL>, nullptr,
                            AP_FTYPE_TRANSCODE);
}

void AddPartGate(request_rec* r) { ap_add_output_filter(kGateName, nullptr, r, r->connection); }

}  // namespace audiodl
