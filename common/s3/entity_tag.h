// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which entity tags can tell two generations of an object apart. Pure; any thread.

#ifndef AUDIODL_COMMON_S3_ENTITY_TAG_H_
#define AUDIODL_COMMON_S3_ENTITY_TAG_H_

#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// Ok for a strong entity tag with its quotes (RFC 9110 section 8.8.3): "\"9bb5…\"". kInvalid for
// a weak one, which promises no equal bytes, and for anything malformed or above 1 KiB.
Status CheckEntityTag(std::string_view tag);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_ENTITY_TAG_H_
