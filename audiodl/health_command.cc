// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/health_command.h"

#include <chrono>
#include <ostream>

#include "audiodl/operator_cache.h"
#include "audiodl/ready_wait.h"
#include "common/base/json.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

// "down: database down, origin ok": what is not well comes first to the eye.
std::string Sentence(const HealthAnswer& answer) {
  std::string text = Printable(answer.status) + ":";
  const Result<Json> json = Json::Parse(answer.json);
  const Json* checks = json.ok() ? json->Find("checks") : nullptr;
  if (checks == nullptr) return text;
  for (size_t i = 0; i < checks->names().size(); ++i) {
    text += (i == 0 ? " " : ", ") + Printable(checks->names()[i]) + " " +
            Printable(checks->items()[i].AsString().value_or("?"));
  }
  return text;
}

ExitCode Run(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"--json"}, .values = WithReadyOptions({CommandConfig::kOption})});
  if (!options.ok()) return Refuse(kHealthCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kHealthCommand, "takes no operands", console);
  }
  const Result<ReadyWait> wait = ReadyWait::Of(*options, std::chrono::milliseconds(0), 1);
  if (!wait.ok()) return Refuse(kHealthCommand, wait.status(), console);
  const Result<HealthAnswer> answer = WaitUntilReady(*wait);
  if (!answer.ok()) return Complain(kHealthCommand, answer.status(), console);
  console.out << (options->Has("--json") ? answer->json : Sentence(*answer)) << "\n";
  return answer->ready ? kDone : kNegative;
}

}  // namespace

const Command kHealthCommand = {
    .name = "health",
    .arguments = "[--health URL] [--connect HOST:PORT] [--wait TIME] [--times N] [--json]",
    .summary = "say whether this server is ready for customers, or wait until it is",
    .help =
        "Asks SetHandler audiodl-health as a load balancer does. The answer is no where a "
        "balancer\n"
        "would send nobody here.\n"
        "\n"
        "  --health URL         in place of AudioHealth: http://127.0.0.1/healthz\n"
        "  --connect HOST:PORT  where the URL's host is, whatever DNS says: for a virtual host of\n"
        "                       this machine, and its certificate\n"
        "  --wait TIME          until it is ready, but no longer than that; once without it\n"
        "  --times N            ready only when it was so N times, a second apart\n"
        "  --json               the answer itself\n"
        "  --config FILE        settings; the default is /etc/audiodl/audiodl.conf\n",
    .run = Run,
};

}  // namespace audiodl
