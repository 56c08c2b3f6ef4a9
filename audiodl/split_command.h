// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl split: a long mp3 becomes chunks that end where chapters do. One thread.

#ifndef AUDIODL_AUDIODL_SPLIT_COMMAND_H_
#define AUDIODL_AUDIODL_SPLIT_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kSplitCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_SPLIT_COMMAND_H_
