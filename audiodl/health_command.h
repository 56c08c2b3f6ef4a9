// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl health`: is this server ready for customers, and if not, when?

#ifndef AUDIODL_AUDIODL_HEALTH_COMMAND_H_
#define AUDIODL_AUDIODL_HEALTH_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kHealthCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_HEALTH_COMMAND_H_
