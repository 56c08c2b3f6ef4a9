// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/link_key_command.h"

#include <chrono>
#include <ostream>

#include "audiodl/options.h"
#include "common/base/dates.h"
#include "common/link/link_key_set.h"

namespace audiodl {
namespace {

// "2026-11-26": an id that tells how old its key is.
std::string Today() { return FormatIsoDate(std::chrono::system_clock::now()).substr(0, 10); }

ExitCode RunLinkKeyNew(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(arguments, {});
  if (!options.ok()) return Refuse(kLinkKeyNewCommand, options.status(), console);
  if (options->operands().size() > 1) {
    return UsageError(kLinkKeyNewCommand, "more than one id is given", console);
  }
  const std::string id = options->operands().empty() ? Today() : options->operands().front();
  if (!IsLinkKeyId(id)) {
    return UsageError(kLinkKeyNewCommand,
                      "an id has 1 to 16 characters of 0-9, A-Z, a-z, '_' and '-'", console);
  }
  console.out << NewLinkKeyLine(id);
  return kDone;
}

}  // namespace

const Command kLinkKeyNewCommand = {
    .name = "link-key new",
    .arguments = "[ID]",
    .summary = "make a key for signed links",
    .help =
        "Prints a line for the file of AudioLinkKeys: the id (today's date without one) and a new\n"
        "random key. The file is root's alone:\n"
        "\n"
        "  (umask 077; audiodl link-key new >> /etc/audiodl/link-keys)\n"
        "\n"
        "The first key of the file signs, all of them verify. To change keys, append a new one on\n"
        "every server and reload; then move it to the top where links are made; and when the last\n"
        "link of the old key has ended, remove that, or write not-after=2026-12-31T00:00:00Z "
        "behind\n"
        "it at once.\n",
    .run = RunLinkKeyNew,
};

}  // namespace audiodl
