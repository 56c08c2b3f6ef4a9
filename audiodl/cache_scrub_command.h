// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl cache scrub: looks for bytes that the disk has changed. One thread.

#ifndef AUDIODL_AUDIODL_CACHE_SCRUB_COMMAND_H_
#define AUDIODL_AUDIODL_CACHE_SCRUB_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kCacheScrubCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_SCRUB_COMMAND_H_
