// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl backup ls`: which backups there are.

#ifndef AUDIODL_AUDIODL_BACKUP_LS_COMMAND_H_
#define AUDIODL_AUDIODL_BACKUP_LS_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kBackupLsCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_BACKUP_LS_COMMAND_H_
