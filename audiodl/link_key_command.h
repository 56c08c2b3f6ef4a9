// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl link-key new: a key for AudioLinkKeys.

#ifndef AUDIODL_AUDIODL_LINK_KEY_COMMAND_H_
#define AUDIODL_AUDIODL_LINK_KEY_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kLinkKeyNewCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LINK_KEY_COMMAND_H_
