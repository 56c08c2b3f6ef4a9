// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/command.h"

#include <cstddef>
#include <ostream>

#include "audiodl/help_command.h"
#include "audiodl/options.h"

namespace audiodl {
namespace {

bool BeginWith(const std::vector<std::string>& words, const Command& command) {
  const size_t count = WordCount(command);
  if (words.size() < count) return false;
  return command.name == (count == 1 ? words[0] : words[0] + " " + words[1]);
}

ExitCode Flushed(ExitCode code, const Console& console) {
  console.out.flush();
  if (console.out) return code;
  console.err << "audiodl: the answer could not be written: is the disk full?\n";
  return kTrouble;
}

ExitCode Run(const Command& command, const std::vector<std::string>& words,
             const Console& console) {
  const auto name_words = static_cast<std::ptrdiff_t>(WordCount(command));
  return command.run({words.begin() + name_words, words.end()}, console);
}

// The spellings that every program has besides its own words.
std::vector<std::string> WithoutAliases(std::vector<std::string> words) {
  if (words.empty()) return words;
  if (words[0] == "--help" || words[0] == "-h") words[0] = "help";
  if (words[0] == "--version" || words[0] == "-V") words[0] = "version";
  return words;
}

}  // namespace

const Command* FindCommand(const std::vector<std::string>& words) {
  const Command* found = nullptr;
  for (const Command* command : AllCommands()) {
    if (!BeginWith(words, *command)) continue;
    if (found == nullptr || WordCount(*found) < WordCount(*command)) found = command;
  }
  return found;
}

size_t WordCount(const Command& command) {
  return command.name.find(' ') == std::string_view::npos ? 1 : 2;
}

ExitCode UsageError(const Command& command, std::string_view message, const Console& console) {
  console.err << "audiodl " << command.name << ": " << message << "; see: audiodl help "
              << command.name << "\n";
  return kUsage;
}

ExitCode Refuse(const Command& command, const Status& status, const Console& console) {
  if (status.code() == Options::kHelpAsked) {
    PrintHelp(command, console.out);
    return kDone;
  }
  if (status.code() == Code::kInvalid) return UsageError(command, status.text(), console);
  console.err << "audiodl " << command.name << ": " << status.text() << "\n";
  return kTrouble;
}

Status NotUsage(Status status) {
  return status.code() == Code::kInvalid ? Status(Code::kCorrupt, status.text()) : status;
}

ExitCode RunCommandLine(const std::vector<std::string>& given, const Console& console) {
  const std::vector<std::string> words = WithoutAliases(given);
  if (words.empty()) {
    PrintOverview(console.err);
    return kUsage;
  }
  const Command* command = FindCommand(words);
  if (command == nullptr) {
    console.err << "audiodl: there is no command \"" << words[0] << "\"; see: audiodl help\n";
    return kUsage;
  }
  return Flushed(Run(*command, words, console), console);
}

}  // namespace audiodl
