// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/ranged_response.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_core.h>
#include <util_filter.h>

#include <string>
#include <string_view>

#include "common/http/multipart_ranges.h"
#include "common/http/range_set.h"
#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

const char* InPool(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

std::optional<std::string_view> Field(const request_rec* r, const char* name) {
  const char* value = apr_table_get(r->headers_in, name);
  return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
}

// It would apply the request's Range once more.
void DropByteRangeFilter(request_rec* r) {
  for (ap_filter_t* filter = r->output_filters; filter != nullptr; filter = filter->next) {
    if (filter->frec != ap_byterange_filter_handle) continue;
    ap_remove_output_filter(filter);
    return;
  }
}

void AppendText(apr_bucket_brigade* brigade, const std::string& text) {
  APR_BRIGADE_INSERT_TAIL(
      brigade, apr_bucket_heap_create(text.data(), text.size(), nullptr, brigade->bucket_alloc));
}

void SetLength(request_rec* r, uint64_t length) {
  ap_set_content_length(r, static_cast<apr_off_t>(length));
}

}  // namespace

RequestFields FieldsOf(const request_rec* r) {
  RequestFields fields;
  fields.is_head = r->header_only != 0;
  fields.if_match = Field(r, "If-Match");
  fields.if_unmodified_since = Field(r, "If-Unmodified-Since");
  fields.if_none_match = Field(r, "If-None-Match");
  fields.if_modified_since = Field(r, "If-Modified-Since");
  fields.if_range = Field(r, "If-Range");
  fields.range = Field(r, "Range");
  return fields;
}

std::chrono::sys_seconds NowOf(const request_rec* r) {
  return std::chrono::sys_seconds(std::chrono::seconds(apr_time_sec(r->request_time)));
}

int RefuseRange(request_rec* r, uint64_t size) {
  apr_table_setn(r->err_headers_out, "Content-Range", InPool(r->pool, UnsatisfiedRangeText(size)));
  return HTTP_RANGE_NOT_SATISFIABLE;
}

void FillBrigade(request_rec* r, const ResponsePlan& plan, uint64_t size,
                 apr_bucket_brigade* brigade, const std::function<void(const ByteRange&)>& append) {
  DropByteRangeFilter(r);
  const auto append_all = [&] {
    SetLength(r, size);
    if (size > 0) append({0, size});
  };
  if (plan.status != HTTP_PARTIAL_CONTENT) {
    append_all();
  } else if (plan.ranges.size() == 1) {
    const ByteRange& range = plan.ranges.front();
    r->status = HTTP_PARTIAL_CONTENT;
    apr_table_setn(r->headers_out, "Content-Range", InPool(r->pool, ContentRangeText(range, size)));
    SetLength(r, range.length);
    append(range);
  } else {
    const MultipartRanges parts(plan.ranges, size, r->content_type);
    if (parts.length() >= size) {
      append_all();
    } else {
      r->status = HTTP_PARTIAL_CONTENT;
      ap_set_content_type(r, InPool(r->pool, parts.content_type()));
      SetLength(r, parts.length());
      for (size_t i = 0; i < plan.ranges.size(); ++i) {
        AppendText(brigade, parts.Head(i));
        append(plan.ranges[i]);
      }
      AppendText(brigade, parts.tail());
    }
  }
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(brigade->bucket_alloc));
}

}  // namespace audiodl
