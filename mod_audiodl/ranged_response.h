// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Conditions and ranges in our own hands. httpd's byterange filter would be asked last, when the
// response is made: it ignores "bytes=-0" and positions above 2^63, says in a 416 not how much
// there is, and of If-Range knows only what stands in the headers. common/http decides instead, and
// here its decision becomes a response.
//
//   const RequestFields fields = FieldsOf(r);
//   const ResponsePlan plan = PlanResponse(fields, {size, etag, modified}, NowOf(r));
//   if (plan.status == 416) return RefuseRange(r, size);
//   FillBrigade(r, plan, size, brigade, [&](const ByteRange& range) { ... });

#ifndef AUDIODL_MOD_AUDIODL_RANGED_RESPONSE_H_
#define AUDIODL_MOD_AUDIODL_RANGED_RESPONSE_H_

#include <apr_buckets.h>
#include <httpd.h>

#include <chrono>
#include <cstdint>
#include <functional>

#include "common/http/response_plan.h"

namespace audiodl {

// The views are r->headers_in's. HEAD is is_head.
RequestFields FieldsOf(const request_rec* r);

// When the request came.
std::chrono::sys_seconds NowOf(const request_rec* r);

// The status for the handler to return, with Content-Range as RFC 9110 section 15.5.17 has it.
int RefuseRange(request_rec* r, uint64_t size);

// Sets the status and the headers that depend on the ranges (Content-Length, Content-Range, for
// several ranges Content-Type), and fills the brigade: `append` puts the bytes of one range at its
// end, the rest (boundaries, EOS) is done here. Several ranges that would be as long as the whole
// with their boundaries are answered with the whole. REQUIRES: plan.status is 200 or 206; the
// content type is set.
void FillBrigade(request_rec* r, const ResponsePlan& plan, uint64_t size,
                 apr_bucket_brigade* brigade, const std::function<void(const ByteRange&)>& append);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_RANGED_RESPONSE_H_
