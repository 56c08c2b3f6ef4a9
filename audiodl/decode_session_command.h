// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl decode-session: which customer the module would see in a session. One thread.

#ifndef AUDIODL_AUDIODL_DECODE_SESSION_COMMAND_H_
#define AUDIODL_AUDIODL_DECODE_SESSION_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kDecodeSession;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_DECODE_SESSION_COMMAND_H_
