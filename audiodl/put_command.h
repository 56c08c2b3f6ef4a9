// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl put: a file, or what comes from standard input, becomes an object. One thread.

#ifndef AUDIODL_AUDIODL_PUT_COMMAND_H_
#define AUDIODL_AUDIODL_PUT_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kPutCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_PUT_COMMAND_H_
