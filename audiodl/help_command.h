// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl help: the overview, or one command's page. One thread.

#ifndef AUDIODL_AUDIODL_HELP_COMMAND_H_
#define AUDIODL_AUDIODL_HELP_COMMAND_H_

#include <iosfwd>

#include "audiodl/command.h"

namespace audiodl {

extern const Command kHelp;

void PrintOverview(std::ostream& out);
void PrintHelp(const Command& command, std::ostream& out);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_HELP_COMMAND_H_
