// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl why: from the code on an error page to the cause, and to what helps.

#ifndef AUDIODL_AUDIODL_WHY_COMMAND_H_
#define AUDIODL_AUDIODL_WHY_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kWhyCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_WHY_COMMAND_H_
