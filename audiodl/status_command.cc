// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/status_command.h"

#include <ostream>

#include "audiodl/cache_dir_option.h"
#include "audiodl/options.h"
#include "audiodl/status_summary.h"
#include "common/base/json.h"
#include "common/fetch/control_client.h"

namespace audiodl {
namespace {

ExitCode Complain(const Status& status, const Console& console) {
  console.err << "audiodl status: " << status.text() << "\n";
  return kTrouble;
}

ExitCode RunStatus(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"--json"}, .values = {kDirOption}});
  if (!options.ok()) return Refuse(kStatusCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kStatusCommand, "takes no operands; a directory is given with --dir",
                      console);
  }
  const Result<std::string> answer = ControlClient(CacheDirOf(*options)).Call("status", "");
  if (!answer.ok()) return Complain(answer.status(), console);
  const Result<Json> status = Json::Parse(*answer);
  if (!status.ok()) return Complain(status.status(), console);
  console.out << (options->Has("--json") ? *answer + "\n" : StatusSummary(*status));
  return kDone;
}

}  // namespace

const Command kStatusCommand = {
    .name = "status",
    .arguments = "[--dir DIR] [--json]",
    .summary = "say what the running server has done and is doing",
    .help =
        "Asks the fetcher of the running httpd: what was requested, sent and fetched, how full\n"
        "the cache is, what is being filled now. Only root and the user that httpd serves as\n"
        "may ask. Where no fetcher runs, the exit code is 3.\n"
        "\n"
        "  --dir DIR  an AudioCacheDir of the server (/var/cache/audiodl/www); the numbers are\n"
        "             the whole server's, whichever of its directories is named\n"
        "  --json     everything, for programs\n",
    .run = RunStatus,
};

}  // namespace audiodl
