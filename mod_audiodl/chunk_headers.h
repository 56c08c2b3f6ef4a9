// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a response says about a chunk besides its bytes. Everything comes from the object's identity
// at the origin and from the listing, nothing from this server's copy, so that all servers say the
// same.

#ifndef AUDIODL_MOD_AUDIODL_CHUNK_HEADERS_H_
#define AUDIODL_MOD_AUDIODL_CHUNK_HEADERS_H_

#include <httpd.h>

#include <optional>
#include <string_view>

#include "common/book/manifest.h"
#include "common/cache/cache_format.h"
#include "common/cache/chunk_name.h"
#include "common/http/response_plan.h"

namespace audiodl {

// What the manifest has about a chunk; both null where it has nothing. Borrowed.
struct Listed {
  const Manifest* book = nullptr;
  const ManifestChunk* chunk = nullptr;  // one of book's
};

// Of one generation of the object. Views are borrowed.
struct ObjectFacts {
  Representation representation;
  std::string_view type;  // the origin's; may be empty
};

ObjectFacts FactsOf(const ObjectHeader& object);

// What the manifest knows. None: less than size, entity tag and date.
std::optional<ObjectFacts> FactsOf(const Listed& listed);

// Sets every header of a 200, for GET and HEAD alike: validators, length, type, name, digest.
void SetChunkHeaders(request_rec* r, const ChunkName& chunk, const ObjectFacts& facts,
                     const Listed& listed);

// Those of a 304 (RFC 9110 section 15.4.5).
void SetValidators(request_rec* r, const ObjectFacts& facts);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CHUNK_HEADERS_H_
