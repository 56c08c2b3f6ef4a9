// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/request_state.h"

#include <apr_strings.h>

#include "mod_audiodl/module.h"

namespace audiodl {

RequestState& StateOf(request_rec* r) {
  void* state = ap_get_module_config(r->request_config, &audiodl_module);
  if (state == nullptr) {
    state = apr_pcalloc(r->pool, sizeof(RequestState));
    ap_set_module_config(r->request_config, &audiodl_module, state);
  }
  return *static_cast<RequestState*>(state);
}

AuthTimer::~AuthTimer() {
  RequestState& state = StateOf(request_);
  state.auth_micros += apr_time_now() - begin_;
  const apr_time_t millis = apr_time_as_msec(state.auth_micros);
  // Nearly always: what is remembered costs microseconds.
  const char* text = millis == 0 ? "0" : apr_psprintf(request_->pool, "%" APR_TIME_T_FMT, millis);
  apr_table_setn(request_->notes, "audiodl-auth-ms", text);
}

int LogLevelOf(const Status& trouble) {
  const bool is_told = trouble.code() == Code::kUnreachable || trouble.code() == Code::kBusy;
  return is_told ? APLOG_INFO : APLOG_ERR;
}

int TryAgainLater(request_rec* r) {
  apr_table_setn(r->err_headers_out, "Retry-After", "5");
  return HTTP_SERVICE_UNAVAILABLE;
}

}  // namespace audiodl
