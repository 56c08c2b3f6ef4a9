// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl bootstrap`: all that a server does until customers may come, in order, as often as one
// likes.

#ifndef AUDIODL_AUDIODL_BOOTSTRAP_COMMAND_H_
#define AUDIODL_AUDIODL_BOOTSTRAP_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kBootstrapCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_BOOTSTRAP_COMMAND_H_
