// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl backup restore`: a backup, unpacked, on standard output.

#ifndef AUDIODL_AUDIODL_BACKUP_RESTORE_COMMAND_H_
#define AUDIODL_AUDIODL_BACKUP_RESTORE_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kBackupRestoreCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_BACKUP_RESTORE_COMMAND_H_
