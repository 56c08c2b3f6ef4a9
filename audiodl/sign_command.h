// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl sign: links that need no cookie.

#ifndef AUDIODL_AUDIODL_SIGN_COMMAND_H_
#define AUDIODL_AUDIODL_SIGN_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kSignCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_SIGN_COMMAND_H_
