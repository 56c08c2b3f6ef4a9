// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/help_command.h"

#include <algorithm>
#include <iomanip>
#include <ostream>

#include "audiodl/options.h"

namespace audiodl {
namespace {

constexpr std::string_view kExitCodes =
    "\nExit codes: 0 done, 1 the answer is no, 2 wrong command line, 3 trouble.\n";

ExitCode RunHelp(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(arguments, {});
  if (!options.ok()) return Refuse(kHelp, options.status(), console);
  const std::vector<std::string>& words = options->operands();
  if (words.empty()) {
    PrintOverview(console.out);
    return kDone;
  }
  const Command* command = FindCommand(words);
  if (command == nullptr || WordCount(*command) != words.size()) {
    return UsageError(kHelp, "there is no such command", console);
  }
  PrintHelp(*command, console.out);
  return kDone;
}

}  // namespace

const Command kHelp = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "say what there is, or how one command is used",
    .help = "",
    .run = RunHelp,
};

void PrintOverview(std::ostream& out) {
  out << "Usage: audiodl COMMAND [ARGUMENTS]\n\n";
  size_t width = 0;
  for (const Command* command : AllCommands()) width = std::max(width, command->name.size());
  for (const Command* command : AllCommands()) {
    out << "  " << std::left << std::setw(static_cast<int>(width)) << command->name << "  "
        << command->summary << "\n";
  }
  out << kExitCodes << "More on one command: audiodl help COMMAND\n";
}

void PrintHelp(const Command& command, std::ostream& out) {
  out << "Usage: audiodl " << command.name;
  if (!command.arguments.empty()) out << " " << command.arguments;
  out << "\n" << command.summary << "\n";
  if (!command.help.empty()) out << "\n" << command.help;
  out << kExitCodes;
}

}  // namespace audiodl
