// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl status: asks the running fetcher. One thread.

#ifndef AUDIODL_AUDIODL_STATUS_COMMAND_H_
#define AUDIODL_AUDIODL_STATUS_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kStatusCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_STATUS_COMMAND_H_
