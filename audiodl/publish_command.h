// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl publish: files become chunks that are for sale. One thread.

#ifndef AUDIODL_AUDIODL_PUBLISH_COMMAND_H_
#define AUDIODL_AUDIODL_PUBLISH_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kPublishCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_PUBLISH_COMMAND_H_
