// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl backup run`: dumps the database into the bucket, and lets old backups go.

#ifndef AUDIODL_AUDIODL_BACKUP_RUN_COMMAND_H_
#define AUDIODL_AUDIODL_BACKUP_RUN_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kBackupRunCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_BACKUP_RUN_COMMAND_H_
