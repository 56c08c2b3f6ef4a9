// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl get: an object becomes a file, or goes to standard output. One thread.

#ifndef AUDIODL_AUDIODL_GET_COMMAND_H_
#define AUDIODL_AUDIODL_GET_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kGetCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_GET_COMMAND_H_
