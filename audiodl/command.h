// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a subcommand of `audiodl` is, and how one is chosen. To add one: a file of its own with a
// `const Command kFrob`, and its row in command_table.cc. One thread.

#ifndef AUDIODL_AUDIODL_COMMAND_H_
#define AUDIODL_AUDIODL_COMMAND_H_

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

// What scripts go by; the same for every subcommand.
enum ExitCode : int {
  kDone = 0,
  kNegative = 1,  // it worked, and the answer is no: no such key, nothing found
  kUsage = 2,     // the command line is wrong
  kTrouble = 3,   // a file cannot be read, output cannot be written, a bug
};

// The outside world, borrowed: answers go to `out`, complaints to `err`.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

struct Command {
  // "decode-session", or two words: "cache ls".
  std::string_view name;
  // What follows the name: "--key PATH [FILE|-]".
  std::string_view arguments;
  // One line for the overview.
  std::string_view summary;
  // The lines below the usage in `audiodl help NAME`, each with its newline.
  std::string_view help;
  // `arguments` are those after the name.
  ExitCode (*run)(const std::vector<std::string>& arguments, const Console& console);
};

// All subcommands, in the order of the overview.
std::span<const Command* const> AllCommands();

// The command that `words` begin with, or null. The longer name wins.
const Command* FindCommand(const std::vector<std::string>& words);

// How many words its name has: 1 or 2.
size_t WordCount(const Command& command);

// Says "audiodl NAME: MESSAGE" and where to read on. Returns kUsage.
ExitCode UsageError(const Command& command, std::string_view message, const Console& console);

// Why a command does not begin, as Options::Parse() and the readers of its settings say it: where
// help was asked for it is printed (kDone); kInvalid is a UsageError(); what else there is, is told
// as it is (kTrouble).
ExitCode Refuse(const Command& command, const Status& status, const Console& console);

// What is wrong, but not with the command line: for Refuse(), kInvalid becomes kCorrupt.
Status NotUsage(Status status);

// The whole program but for main(): `words` are argv without the program's name. Returns the exit
// code.
ExitCode RunCommandLine(const std::vector<std::string>& words, const Console& console);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_COMMAND_H_
