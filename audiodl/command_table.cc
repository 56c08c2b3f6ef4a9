// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Every subcommand has its row here, and only here.

#include <span>

#include "audiodl/command.h"
#include "audiodl/decode_session_command.h"
#include "audiodl/help_command.h"
#include "audiodl/status_command.h"
#include "audiodl/version_command.h"

namespace audiodl {

std::span<const Command* const> AllCommands() {
  static constexpr const Command* kCommands[] = {
      &kDecodeSession,
      &kHelp,
      &kStatusCommand,
      &kVersionCommand,
  };
  return kCommands;
}

}  // namespace audiodl
