// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl drain`: takes this server away from its customers, and waits until the last has gone.

#ifndef AUDIODL_AUDIODL_DRAIN_COMMAND_H_
#define AUDIODL_AUDIODL_DRAIN_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kDrainCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_DRAIN_COMMAND_H_
