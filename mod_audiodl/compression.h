// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Audio does not shrink, and what is compressed on the way has no length and no ranges.

#ifndef AUDIODL_MOD_AUDIODL_COMPRESSION_H_
#define AUDIODL_MOD_AUDIODL_COMPRESSION_H_

#include <httpd.h>

namespace audiodl {

// Takes what would compress the response out of the request's filters.
void DropCompression(request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_COMPRESSION_H_
