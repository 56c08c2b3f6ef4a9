// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl listing rebuild

#ifndef AUDIODL_AUDIODL_LISTING_REBUILD_COMMAND_H_
#define AUDIODL_AUDIODL_LISTING_REBUILD_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kListingRebuildCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LISTING_REBUILD_COMMAND_H_
