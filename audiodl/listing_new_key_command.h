// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl listing new-key

#ifndef AUDIODL_AUDIODL_LISTING_NEW_KEY_COMMAND_H_
#define AUDIODL_AUDIODL_LISTING_NEW_KEY_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kListingNewKeyCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LISTING_NEW_KEY_COMMAND_H_
