// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/hot_set.h"

#include <httpd.h>

#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/cache/cache_index.h"
#include "common/cache/hot_set.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// At 30 MB each more than any cache's disk.
constexpr size_t kMostChunks = 100'000;

int SendHotSet(request_rec* r, const ServerConfig& config) {
  const Result<std::unique_ptr<CacheIndex>> index =
      CacheIndex::Open(*config.cache_dir, CacheIndex::Access::kRead);
  if (!index.ok()) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "audiodl: SetHandler audiodl-hot: %s",
                  index.status().text().c_str());
    return HTTP_SERVICE_UNAVAILABLE;
  }
  const ListedStore store = {.identity = config.origin->Identity(),
                             .key_prefix = config.origin->KeyFor(""),
                             .listing = config.listing.value_or("")};
  const std::string text = HotSetText(**index, store, kMostChunks);
  ap_set_content_type(r, "text/plain; charset=utf-8");
  apr_table_setn(r->headers_out, "Cache-Control", "no-store");
  ap_set_content_length(r, static_cast<apr_off_t>(text.size()));
  if (!r->header_only) ap_rwrite(text.data(), static_cast<int>(text.size()), r);
  return OK;
}

int HandleHotSet(request_rec* r) {
  if (r->handler == nullptr || std::string_view(r->handler) != "audiodl-hot") return DECLINED;
  if (r->method_number != M_GET) {
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);  // HEAD goes with it
    return HTTP_METHOD_NOT_ALLOWED;
  }
  const ServerConfig& config = ServerConfigOf(r->server);
  if (config.cache_dir && config.origin) return SendHotSet(r, config);
  ap_log_rerror(
      APLOG_MARK, APLOG_ERR, 0, r,
      "audiodl: SetHandler audiodl-hot has nothing to show: AudioCacheDir and AudioOrigin "
      "are missing in this virtual host");
  return HTTP_SERVICE_UNAVAILABLE;
}

}  // namespace

void RegisterHotSet(apr_pool_t*) {
  ap_hook_handler(Guarded<HandleHotSet, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                  APR_HOOK_MIDDLE);
}

}  // namespace audiodl
