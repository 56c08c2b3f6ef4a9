// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/status.h"

#include <httpd.h>

#include <apr_optional_hooks.h>
#include <http_config.h>
#include <http_protocol.h>
#include <mod_status.h>

#include <string>

#include "common/fetch/metrics_text.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/guarded.h"

namespace audiodl {
namespace {

std::string Render(const Counters& counters, int flags) {
  if ((flags & AP_STATUS_SHORT) != 0) return RenderStatusLines(counters);
  const bool list = (flags & AP_STATUS_NOTABLE) != 0;
  return RenderStatusHtml(counters, list ? StatusLayout::kList : StatusLayout::kTable);
}

int ShowStatus(request_rec* r, int flags) {
  const Counters* counters = SharedCounters(r->server);
  if (counters == nullptr) return DECLINED;
  const std::string text = Render(*counters, flags);
  ap_rwrite(text.data(), static_cast<int>(text.size()), r);
  return OK;
}

}  // namespace

void RegisterStatus(apr_pool_t*) {
  APR_OPTIONAL_HOOK(ap, status_hook, (Guarded<ShowStatus, DECLINED>), nullptr, nullptr,
                    APR_HOOK_MIDDLE);
}

}  // namespace audiodl
