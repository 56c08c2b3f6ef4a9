// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/text_answer.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include <span>
#include <utility>

#include "common/base/digest.h"
#include "common/http/content_disposition.h"
#include "common/http/response_plan.h"
#include "mod_audiodl/gate.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/ranged_response.h"

namespace audiodl {
namespace {

const char* InPool(request_rec* r, std::string_view text) {
  return apr_pstrmemdup(r->pool, text.data(), text.size());
}

std::string EntityTagOf(const std::string& body) {
  const Sha256Bytes digest = Sha256Of(body);
  return '"' + HexEncode(std::span(digest).first(16)) + '"';
}

void SetValidators(request_rec* r, const TextAnswer& answer, const std::string& etag) {
  apr_table_setn(r->headers_out, "ETag", InPool(r, etag));
  if (!answer.modified_at) return;
  ap_update_mtime(r, apr_time_from_sec(*answer.modified_at));
  ap_set_last_modified(r);
}

void SetPrivacy(request_rec* r, const TextAnswer& answer) {
  // In the table that refusals keep, as MarkPrivate() does: in place of what that has said.
  apr_table_setn(r->err_headers_out, "Cache-Control",
                 answer.has_secrets ? "private, no-store" : "private, no-cache");
  apr_table_setn(r->subprocess_env, "no-cache", "1");
  apr_table_setn(r->headers_out, "X-Robots-Tag", "noindex, nofollow");
  // The address may hold a signed link: it goes nowhere from here.
  apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
}

void SetHeaders(request_rec* r, const TextAnswer& answer, const std::string& etag) {
  SetValidators(r, answer, etag);
  ap_set_accept_ranges(r);
  SetPrivacy(r, answer);
  ap_set_content_type(r, InPool(r, answer.type));
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  if (answer.depends_on_accept) apr_table_mergen(r->headers_out, "Vary", "Accept");
  if (!answer.policy.empty()) {
    apr_table_setn(r->headers_out, "Content-Security-Policy", InPool(r, answer.policy));
  }
  if (!answer.file_name.empty()) {
    apr_table_setn(r->headers_out, "Content-Disposition",
                   InPool(r, ContentDisposition(Disposition::kAttachment, answer.file_name)));
  }
}

int SendBody(request_rec* r, const ResponsePlan& plan, std::string text) {
  // Read by core while it is sent, perhaps after this has returned.
  const auto* body = NewInPool<std::string>(r->pool, std::move(text));
  apr_bucket_alloc_t* allocator = r->connection->bucket_alloc;
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, allocator);
  FillBrigade(r, plan, body->size(), brigade, [&](const ByteRange& range) {
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_pool_create(body->data() + range.offset,
                                                            range.length, r->pool, allocator));
  });
  return PassOn(r, brigade);
}

}  // namespace

int SendText(request_rec* r, TextAnswer answer) {
  const std::string etag = EntityTagOf(answer.body);
  const uint64_t size = answer.body.size();
  SetHeaders(r, answer, etag);
  const ResponsePlan plan = PlanResponse(
      FieldsOf(r), {.size = size, .etag = etag, .last_modified = answer.modified_at}, NowOf(r));
  if (plan.status == HTTP_RANGE_NOT_SATISFIABLE) return RefuseRange(r, size);
  if (plan.status != HTTP_OK && plan.status != HTTP_PARTIAL_CONTENT) return plan.status;
  if (r->header_only) {
    ap_set_content_length(r, static_cast<apr_off_t>(size));
    return OK;
  }
  return SendBody(r, plan, std::move(answer.body));
}

}  // namespace audiodl
