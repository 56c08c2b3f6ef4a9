// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl cache purge: takes objects away so that no byte of them stays. One thread.

#ifndef AUDIODL_AUDIODL_CACHE_PURGE_COMMAND_H_
#define AUDIODL_AUDIODL_CACHE_PURGE_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kCachePurgeCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_PURGE_COMMAND_H_
