// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// From a request to the chunk it asks for.

#ifndef AUDIODL_MOD_AUDIODL_CHUNK_PATH_H_
#define AUDIODL_MOD_AUDIODL_CHUNK_PATH_H_

#include <httpd.h>

#include "common/base/status.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

// What stands below the prefix in r->uri, which httpd has unescaped and normalised already. The
// prefix is AudioURLPrefix, or else the path of the last <Location> that matches and says
// SetHandler audiodl itself. kInvalid: not below the prefix, or no chunk's name. kNotFound: no
// prefix is known, which is the configuration's fault; the text says what to write.
Result<ChunkName> ChunkNameOf(request_rec* r);

// The same, worked out once for each request: what was authorized is what is served. Null where
// there is none, and the first time that is noted as a refusal. It lives as long as r->pool.
const ChunkName* FindChunk(request_rec* r);

// Whether SetHandler audiodl is in force in these settings of a directory or location.
bool HandlerIsAudiodl(request_rec* r, const ap_conf_vector_t* per_dir_config);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CHUNK_PATH_H_
