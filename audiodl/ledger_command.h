// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl ledger`: how often each title was downloaded to its end, for royalties.

#ifndef AUDIODL_AUDIODL_LEDGER_COMMAND_H_
#define AUDIODL_AUDIODL_LEDGER_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kLedgerCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LEDGER_COMMAND_H_
