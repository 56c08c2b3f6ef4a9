// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/cors.h"

#include <httpd.h>

#include <http_config.h>

#include "common/http/cors_origins.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// A browser keeps the answer to a preflight for so many seconds, two hours at most anyway.
constexpr char kMaxAge[] = "7200";

bool IsPreflight(const request_rec* r) {
  return r->method_number == M_OPTIONS &&
         apr_table_get(r->headers_in, "Access-Control-Request-Method") != nullptr;
}

// No file and no right is looked at: which methods and headers may be sent is no secret.
int AnswerPreflight(request_rec* r) {
  apr_table_t* headers = r->err_headers_out;
  apr_table_setn(headers, "Access-Control-Allow-Methods", kCorsMethods);
  apr_table_setn(headers, "Access-Control-Allow-Headers", kCorsRequestHeaders);
  apr_table_setn(headers, "Access-Control-Max-Age", kMaxAge);
  r->status = HTTP_NO_CONTENT;
  return DONE;
}

// Before authorization. In err_headers_out, which httpd sends with refusals too and keeps over the
// way to an ErrorDocument.
int AddHeaders(request_rec* r) {
  const auto& allowed = ServerConfigOf(r->server).cors_origins;
  if (!allowed || allowed->empty() || !HandlerIsAudiodl(r, r->per_dir_config)) return DECLINED;
  apr_table_t* headers = r->err_headers_out;
  apr_table_mergen(headers, "Vary", "Origin");
  const char* origin = apr_table_get(r->headers_in, "Origin");
  if (origin == nullptr || !allowed->Allows(origin)) return DECLINED;
  apr_table_setn(headers, "Access-Control-Allow-Origin", origin);
  apr_table_setn(headers, "Access-Control-Allow-Credentials", "true");
  if (IsPreflight(r)) return AnswerPreflight(r);
  apr_table_setn(headers, "Access-Control-Expose-Headers", kCorsExposedHeaders);
  return DECLINED;
}

}  // namespace

void RegisterCors(apr_pool_t*) {
  ap_hook_header_parser(Guarded<AddHeaders, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                        APR_HOOK_MIDDLE);
}

}  // namespace audiodl
