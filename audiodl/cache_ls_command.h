// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl cache ls: the objects of a cache. One thread.

#ifndef AUDIODL_AUDIODL_CACHE_LS_COMMAND_H_
#define AUDIODL_AUDIODL_CACHE_LS_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kCacheLsCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_LS_COMMAND_H_
