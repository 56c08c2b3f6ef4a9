// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl hosts apply` and `audiodl hosts rollback`: the cluster's addresses into /etc/hosts, and
// back.

#ifndef AUDIODL_AUDIODL_HOSTS_APPLY_COMMAND_H_
#define AUDIODL_AUDIODL_HOSTS_APPLY_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kHostsApplyCommand;
extern const Command kHostsRollbackCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_HOSTS_APPLY_COMMAND_H_
