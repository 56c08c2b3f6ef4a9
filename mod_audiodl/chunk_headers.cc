// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/chunk_headers.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include <string>

#include "common/book/download_name.h"
#include "common/cache/media_type.h"
#include "common/http/content_disposition.h"
#include "common/http/repr_digest.h"
#include "mod_audiodl/authz.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

const char* InPool(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

void SetName(request_rec* r, const ChunkName& chunk, const Listed& listed) {
  const Disposition disposition = ServerConfigOf(r->server).ChunkDisposition();
  const std::string name =
      listed.chunk != nullptr ? DownloadName(*listed.book, *listed.chunk) : chunk.chunk;
  apr_table_setn(r->headers_out, "Content-Disposition",
                 InPool(r->pool, ContentDisposition(disposition, name)));
}

// The manifest's digest is the object's only where both are of one generation.
void SetDigest(request_rec* r, const ObjectFacts& facts, const ManifestChunk* details) {
  if (details == nullptr || details->etag.empty()) return;
  if (details->etag != facts.representation.etag) return;
  if (details->size && *details->size != facts.representation.size) return;
  const std::string digest = ReprDigest(details->sha256);
  if (!digest.empty()) apr_table_setn(r->headers_out, "Repr-Digest", InPool(r->pool, digest));
}

}  // namespace

ObjectFacts FactsOf(const ObjectHeader& object) {
  return {{object.size, object.etag, object.last_modified}, object.content_type};
}

std::optional<ObjectFacts> FactsOf(const Listed& listed) {
  const ManifestChunk* details = listed.chunk;
  if (details == nullptr || !details->size || details->etag.empty() || !details->modified) {
    return std::nullopt;
  }
  return ObjectFacts{{*details->size, details->etag, details->modified}, details->type};
}

void SetValidators(request_rec* r, const ObjectFacts& facts) {
  const Representation& representation = facts.representation;
  if (representation.last_modified) {
    ap_update_mtime(r, apr_time_from_sec(*representation.last_modified));
    ap_set_last_modified(r);
  }
  apr_table_setn(r->headers_out, "ETag", InPool(r->pool, representation.etag));
  MarkPrivate(r);
}

void SetChunkHeaders(request_rec* r, const ChunkName& chunk, const ObjectFacts& facts,
                     const Listed& listed) {
  SetValidators(r, facts);
  ap_set_accept_ranges(r);
  ap_set_content_length(r, static_cast<apr_off_t>(facts.representation.size));
  ap_set_content_type(r, InPool(r->pool, MediaTypeOf(chunk.chunk, facts.type)));
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  SetName(r, chunk, listed);
  SetDigest(r, facts, listed.chunk);
}

}  // namespace audiodl
