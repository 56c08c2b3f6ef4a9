// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/version_command.h"

#include <ostream>

#include "audiodl/options.h"
#include "common/base/version.h"

namespace audiodl {
namespace {

ExitCode RunVersion(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(arguments, {});
  if (!options.ok()) return Refuse(kVersionCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kVersionCommand, "takes no arguments", console);
  }
  console.out << "audiodl " << kVersion << "\n";
  return kDone;
}

}  // namespace

const Command kVersionCommand = {
    .name = "version",
    .arguments = "",
    .summary = "print the version",
    .help = "",
    .run = RunVersion,
};

}  // namespace audiodl
