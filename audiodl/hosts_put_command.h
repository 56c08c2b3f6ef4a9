// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl hosts put`: this server's addresses into the cluster's object.

#ifndef AUDIODL_AUDIODL_HOSTS_PUT_COMMAND_H_
#define AUDIODL_AUDIODL_HOSTS_PUT_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kHostsPutCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_HOSTS_PUT_COMMAND_H_
