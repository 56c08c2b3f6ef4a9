// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/handler.h"

#include <httpd.h>

#include <http_protocol.h>
#include <http_request.h>
#include <mod_core.h>

#include <string_view>

#include "common/book/page_request.h"
#include "common/cache/listing.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/book_handler.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/chunk_response.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/library_handler.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/streams.h"
#include "mod_audiodl/zip_handler.h"

namespace audiodl {
namespace {

int ServePage(request_rec* r, const ChunkName& name) {
  const char* accept = apr_table_get(r->headers_in, "Accept");
  const Result<PageRequest> asked =
      ParsePageRequest(r->args != nullptr ? r->args : "", accept != nullptr ? accept : "");
  if (!asked.ok()) return Answer(r, Cause::kNotListed, asked.status().text());
  return name.IsBook() ? ServeBook(r, name, *asked) : ServeLibrary(r, name, *asked);
}

int HandleRequest(request_rec* r) {
  if (r->handler == nullptr || std::string_view(r->handler) != "audiodl") return DECLINED;
  const ServerConfig& config = ServerConfigOf(r->server);
  if (!config.store || !config.listing || config.fetcher == nullptr) {
    return Answer(r, Cause::kConfig,
                  "SetHandler audiodl needs AudioCacheDir, AudioOrigin and AudioListing in this "
                  "virtual host");
  }
  if (r->method_number != M_GET) {
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);  // HEAD goes with GET
    return r->method_number == M_OPTIONS ? ap_send_http_options(r) : HTTP_METHOD_NOT_ALLOWED;
  }
  const ChunkName* chunk = FindChunk(r);
  if (chunk == nullptr) return AnswerNoted(r, Cause::kNotListed);
  if (chunk->IsBook() && AsksForZip(r)) {
    const int refused = TakeStream(r);
    return refused != OK ? refused : ServeZip(r, *chunk);
  }
  if (!chunk->IsChunk()) return ServePage(r, *chunk);
  const Result<int64_t> marker = FindMarker(*config.listing, *chunk);
  if (!marker.ok()) return AnswerUnlisted(r, marker.status());
  if (const int refused = TakeStream(r); refused != OK) return refused;
  return ServeChunk(r, *chunk, *marker);
}

}  // namespace

void RegisterHandler(apr_pool_t* pool) {
  RegisterChunkResponse(pool);
  ap_hook_handler(Guarded<HandleRequest, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                  APR_HOOK_MIDDLE);
}

}  // namespace audiodl
