// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl cache stat: one object, or the cache as a whole. One thread.

#ifndef AUDIODL_AUDIODL_CACHE_STAT_COMMAND_H_
#define AUDIODL_AUDIODL_CACHE_STAT_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kCacheStatCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_STAT_COMMAND_H_
