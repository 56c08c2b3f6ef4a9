// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl sweep: what the fetcher does for the cache's limits, by hand or from a timer. One thread.

#ifndef AUDIODL_AUDIODL_SWEEP_COMMAND_H_
#define AUDIODL_AUDIODL_SWEEP_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kSweepCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_SWEEP_COMMAND_H_
