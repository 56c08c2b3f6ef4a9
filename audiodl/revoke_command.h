// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl revoke: takes a customer's right to a book, or to all, away on every server. One thread.

#ifndef AUDIODL_AUDIODL_REVOKE_COMMAND_H_
#define AUDIODL_AUDIODL_REVOKE_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kRevokeCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_REVOKE_COMMAND_H_
