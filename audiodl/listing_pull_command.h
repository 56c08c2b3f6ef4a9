// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl listing pull

#ifndef AUDIODL_AUDIODL_LISTING_PULL_COMMAND_H_
#define AUDIODL_AUDIODL_LISTING_PULL_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kListingPullCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LISTING_PULL_COMMAND_H_
