// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl warm`: fills this server's cache before customers ask.

#ifndef AUDIODL_AUDIODL_WARM_COMMAND_H_
#define AUDIODL_AUDIODL_WARM_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kWarmCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_WARM_COMMAND_H_
