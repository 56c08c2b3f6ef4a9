// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/metrics.h"

#include <httpd.h>

#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>

#include <string>
#include <string_view>

#include "common/fetch/metrics_text.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

int SendMetrics(request_rec* r, const Counters& counters) {
  const char* accept = apr_table_get(r->headers_in, "Accept");
  const MetricsFormat format = ChooseMetricsFormat(accept == nullptr ? "" : accept);
  const std::string text = RenderMetrics(counters, format);
  ap_set_content_type(r, MetricsContentType(format));
  apr_table_setn(r->headers_out, "Cache-Control", "no-store");
  ap_set_content_length(r, static_cast<apr_off_t>(text.size()));
  if (!r->header_only) ap_rwrite(text.data(), static_cast<int>(text.size()), r);
  return OK;
}

int HandleMetrics(request_rec* r) {
  if (r->handler == nullptr || std::string_view(r->handler) != "audiodl-metrics") return DECLINED;
  if (r->method_number != M_GET) {
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);  // HEAD goes with it
    return HTTP_METHOD_NOT_ALLOWED;
  }
  if (const Counters* counters = SharedCounters(r->server)) return SendMetrics(r, *counters);
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                "audiodl: SetHandler audiodl-metrics has nothing to show: no virtual host has "
                "AudioCacheDir and AudioOrigin");
  return HTTP_SERVICE_UNAVAILABLE;
}

}  // namespace

void RegisterMetrics(apr_pool_t*) {
  ap_hook_handler(Guarded<HandleMetrics, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                  APR_HOOK_MIDDLE);
}

}  // namespace audiodl
