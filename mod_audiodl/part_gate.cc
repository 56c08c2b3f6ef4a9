// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/part_gate.h"

#include <apr_buckets.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "mod_audiodl/gate.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/part_bucket.h"

namespace audiodl {
namespace {

constexpr char kGateName[] = "AUDIODL_PART_GATE";

void Move(apr_bucket* bucket, apr_bucket_brigade* to) {
  APR_BUCKET_REMOVE(bucket);
  APR_BRIGADE_INSERT_TAIL(to, bucket);
}

// What a part bucket holds next, in memory, at the download's pace.
apr_status_t PassNext(ap_filter_t* filter, apr_bucket* bucket, apr_bucket_brigade* ready) {
  Pace* pace = static_cast<Pace*>(filter->ctx);
  const char* data = nullptr;
  apr_size_t length = 0;
  const apr_status_t read = apr_bucket_read(bucket, &data, &length, APR_BLOCK_READ);
  if (read != APR_SUCCESS) return read;
  for (uint64_t left = length; left > 0;) {
    uint64_t bytes = left;
    const apr_status_t paced = WaitForPace(filter, pace, bytes);
    if (paced != APR_SUCCESS) return paced;
    apr_bucket* rest = nullptr;
    if (bytes < left) {
      const apr_status_t split = apr_bucket_split(bucket, bytes);
      if (split != APR_SUCCESS) return split;
      rest = APR_BUCKET_NEXT(bucket);
    }
    Move(bucket, ready);
    if (pace != nullptr) pace->Sent(bytes);
    const apr_status_t passed = ap_pass_brigade(filter->next, ready);
    apr_brigade_cleanup(ready);
    if (passed != APR_SUCCESS) return passed;
    if (filter->c->aborted) return APR_ECONNABORTED;
    left -= bytes;
    bucket = rest;
  }
  return APR_SUCCESS;
}

bool BeginsWithError(const apr_bucket_brigade* brigade) {
  return !APR_BRIGADE_EMPTY(brigade) && AP_BUCKET_IS_ERROR(APR_BRIGADE_FIRST(brigade));
}

apr_status_t PassParts(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  // A content filter may not mind that it could not read a part, and end what is not whole.
  if (filter->c->aborted && !BeginsWithError(brigade)) {
    return GiveUp(filter, brigade, APR_ECONNABORTED);
  }
  apr_bucket_brigade* ready = apr_brigade_create(filter->r->pool, filter->c->bucket_alloc);
  while (!APR_BRIGADE_EMPTY(brigade)) {
    apr_bucket* bucket = APR_BRIGADE_FIRST(brigade);
    if (!IsPartBucket(bucket)) {
      Move(bucket, ready);
      continue;
    }
    const apr_status_t status = PassNext(filter, bucket, ready);
    if (status != APR_SUCCESS) {
      apr_brigade_cleanup(ready);
      return GiveUp(filter, brigade, status);
    }
  }
  return ap_pass_brigade(filter->next, ready);
}

}  // namespace

void RegisterPartGate(apr_pool_t*) {
  ap_register_output_filter(kGateName, Guarded<PassParts, APR_EGENERAL>, nullptr,
                            AP_FTYPE_TRANSCODE);
}

void AddPartGate(request_rec* r, Pace* pace) {
  ap_add_output_filter(kGateName, pace, r, r->connection);
}

}  // namespace audiodl
