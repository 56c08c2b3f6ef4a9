// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/takeover_command.h"

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "audiodl/operator_cache.h"
#include "audiodl/ready_wait.h"
#include "common/base/json_text.h"
#include "common/base/units.h"
#include "common/cluster/program.h"

namespace audiodl {
namespace {

constexpr std::chrono::minutes kWait{10};
constexpr std::chrono::minutes kHookTime{2};
// One good answer may be luck: what fails under the first customers is not to have the address.
constexpr unsigned kTimes = 3;

struct Order {
  ReadyWait wait;
  Program hook;
  bool dry = false;
  bool json = false;
};

Result<Order> ReadOrder(const Options& options) {
  const auto hook = options.Value("--hook");
  if (!hook || hook->empty()) return Status::Invalid("--hook is missing: what moves the address?");
  Result<ReadyWait> wait = ReadyWait::Of(options, kWait, kTimes);
  if (!wait.ok()) return wait.status();
  Order order{std::move(wait).value(), {}};
  order.hook.argv = {*hook};
  order.hook.argv.insert(order.hook.argv.end(), options.operands().begin(),
                         options.operands().end());
  order.hook.at_most = kHookTime;
  if (const auto text = options.Value("--timeout")) {
    const auto time = ParseDuration(*text);
    if (!time.ok()) return Status::Invalid("--timeout: " + time.status().text());
    order.hook.at_most = *time;
  }
  order.hook.environment = {{"AUDIODL_HEALTH", order.wait.question.url}};
  order.dry = options.Has("-n");
  order.json = options.Has("--json");
  return order;
}

void Say(const Order& order, std::string_view result, std::string_view health,
         const Console& console) {
  if (order.json) {
    console.out
        << JsonObject().Add("result", result).Add("health", health).Add("dry_run", order.dry).Text()
        << "\n";
    return;
  }
  console.out << result << " (health: " << health << ")\n";
}

ExitCode RunHook(const Order& order, const HealthAnswer& answer, const Console& console) {
  const Result<ProgramOutcome> done = RunProgram(order.hook);
  if (!done.ok()) return Complain(kTakeoverCommand, done.status(), console);
  if (done->exit_code == 0) {
    Say(order, "taken over", answer.status, console);
    return kDone;
  }
  console.err << done->errors;
  return Complain(
      kTakeoverCommand,
      Status(Code::kIo, "the hook " + order.hook.argv.front() + " failed: " + LastWords(*done)),
      console);
}

ExitCode Run(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"-n", "--json"},
                  .values = WithReadyOptions({CommandConfig::kOption, "--hook", "--timeout"})});
  if (!options.ok()) return Refuse(kTakeoverCommand, options.status(), console);
  const Result<Order> order = ReadOrder(*options);
  if (!order.ok()) return Refuse(kTakeoverCommand, order.status(), console);
  const Result<HealthAnswer> answer = WaitUntilReady(order->wait);
  if (!answer.ok()) return Complain(kTakeoverCommand, answer.status(), console);
  if (!answer->ready) {
    Say(*order, "not taken over", answer->status, console);
    return kNegative;
  }
  if (!order->dry) return RunHook(*order, *answer, console);
  Say(*order, "would be taken over", answer->status, console);
  return kDone;
}

}  // namespace

const Command kTakeoverCommand = {
    .name = "takeover",
    .arguments = "--hook PROGRAM [OPTION]... [-- ARGUMENT...]",
    .summary = "move a public address here, as soon as this server is ready",
    .help =
        "For a server that takes the place of one that is gone, with no change of DNS: waits "
        "until\n"
        "the health says ready, several times in a row, and only then runs PROGRAM, which moves\n"
        "the address: /usr/local/lib/audiodl/aws-elastic-ip for Amazon's. A hook that is run "
        "again\n"
        "must do no harm. Where the server does not become ready the hook is not run, and the "
        "answer is no.\n"
        "\n"
        "  --hook PROGRAM       is run without a shell, with the ARGUMENTs; AUDIODL_HEALTH in its\n"
        "                       environment is the URL\n"
        "  --timeout TIME       for the hook (2m)\n"
        "  --health URL         in place of AudioHealth: http://127.0.0.1/healthz\n"
        "  --connect HOST:PORT  where the URL's host is, whatever DNS says\n"
        "  --wait TIME          for the server (10m)\n"
        "  --times N            ready so many times, a second apart (3)\n"
        "  -n                   does not run the hook, and says whether it would\n"
        "  --json               answers in JSON\n"
        "  --config FILE        settings; the default is /etc/audiodl/audiodl.conf\n",
    .run = Run,
};

}  // namespace audiodl
