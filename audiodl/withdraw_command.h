// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl withdraw: chunks are for sale no longer. One thread.

#ifndef AUDIODL_AUDIODL_WITHDRAW_COMMAND_H_
#define AUDIODL_AUDIODL_WITHDRAW_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kWithdrawCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_WITHDRAW_COMMAND_H_
