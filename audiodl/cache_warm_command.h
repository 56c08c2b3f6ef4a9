// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl cache warm: has the fetcher fetch objects before anybody asks. One thread.

#ifndef AUDIODL_AUDIODL_CACHE_WARM_COMMAND_H_
#define AUDIODL_AUDIODL_CACHE_WARM_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kCacheWarmCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_WARM_COMMAND_H_
