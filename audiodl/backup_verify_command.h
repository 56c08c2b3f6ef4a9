// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl backup verify`: the newest backup read into a scratch database, and compared.

#ifndef AUDIODL_AUDIODL_BACKUP_VERIFY_COMMAND_H_
#define AUDIODL_AUDIODL_BACKUP_VERIFY_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kBackupVerifyCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_BACKUP_VERIFY_COMMAND_H_
