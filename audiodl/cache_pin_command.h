// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl cache pin and unpin: what is not to be evicted. One thread.

#ifndef AUDIODL_AUDIODL_CACHE_PIN_COMMAND_H_
#define AUDIODL_AUDIODL_CACHE_PIN_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kCachePinCommand;
extern const Command kCacheUnpinCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_PIN_COMMAND_H_
