// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl takeover`: another server's address moves here, as soon as this one is ready.

#ifndef AUDIODL_AUDIODL_TAKEOVER_COMMAND_H_
#define AUDIODL_AUDIODL_TAKEOVER_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kTakeoverCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_TAKEOVER_COMMAND_H_
