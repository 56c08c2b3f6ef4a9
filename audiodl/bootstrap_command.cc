// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/bootstrap_command.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "common/base/digest.h"
#include "common/base/file_io.h"
#include "common/base/json_text.h"
#include "common/base/new_file.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/base/units.h"
#include "common/cache/cache_format.h"
#include "common/cluster/bootstrap_plan.h"
#include "common/cluster/directory_step.h"
#include "common/cluster/program.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr size_t kMaxConfig = size_t{256} * 1024;
constexpr milliseconds kPause{2000};

struct Order {
  std::vector<BootstrapStep> steps;
  std::string state_dir;
  milliseconds wait{std::chrono::minutes(10)};
  bool dry = false;
  bool json = false;
};

// What came of one step.
struct Outcome {
  std::string result;  // done, skipped, failed; with -n: would be done
  std::string text;    // why, or what
};

// One bootstrap at a time; the kernel ends the turn of one that dies in it.
class Turn {
 public:
  static Result<Turn> Take(const Order& order) {
    if (Status status = MakeFolders(order.state_dir); !status.ok()) return status;
    Turn turn;
    turn.fd_.Reset(open(order.state_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!turn.fd_.valid()) return Status::FromErrno(errno, "open " + order.state_dir);
    const Clock::time_point deadline = Clock::now() + order.wait;
    while (flock(turn.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return Status::FromErrno(errno, "flock");
      if (Clock::now() >= deadline) return Status(Code::kBusy, "another bootstrap is at work");
      std::this_thread::sleep_for(milliseconds(50));
    }
    return turn;
  }

 private:
  UniqueFd fd_;
};

// That a step was done in this boot, as it is declared now.
std::string MarkOf(const BootstrapStep& step) {
  return HexEncode(CurrentBootId()) + "\n" + step.Digest() + "\n";
}

std::string MarkPath(const Order& order, const BootstrapStep& step) {
  return order.state_dir + "/" + step.phase + "." + step.name + ".done";
}

bool IsMarked(const Order& order, const BootstrapStep& step) {
  if (!step.once_per_boot) return false;
  const Result<std::string> mark = ReadWholeFile(MarkPath(order, step), 4096);
  return mark.ok() && *mark == MarkOf(step);
}

Outcome DoDirectory(const Order& order, const BootstrapStep& step) {
  const Result<std::string> work = FindDirectoryWork(step);
  if (!work.ok()) return {"failed", work.status().text()};
  if (work->empty()) return {"skipped", "it is right already"};
  if (order.dry) return {"would be done", *work};
  const Status status = DoDirectoryWork(step);
  return status.ok() ? Outcome{"done", *work} : Outcome{"failed", status.text()};
}

std::string CommandLine(const BootstrapStep& step) {
  std::string line;
  for (const std::string& word : step.argv) line += (line.empty() ? "" : " ") + Printable(word);
  return line;
}

Outcome RunOnce(const BootstrapStep& step) {
  Program program{.argv = step.argv};
  program.environment = {{"AUDIODL_STEP", step.name}, {"AUDIODL_PHASE", step.phase}};
  program.at_most = step.timeout;
  const Result<ProgramOutcome> done = RunProgram(program);
  if (!done.ok()) return {"failed", done.status().text()};
  if (done->exit_code == 0) return {"done", ""};
  return {"failed", LastWords(*done)};
}

Outcome DoRun(const Order& order, const BootstrapStep& step) {
  if (IsMarked(order, step)) return {"skipped", "it was done since this machine booted"};
  if (order.dry) return {"would be done", CommandLine(step)};
  const Clock::time_point deadline = Clock::now() + step.retry;
  Outcome outcome = RunOnce(step);
  while (outcome.result == "failed" && Clock::now() + kPause < deadline) {
    std::this_thread::sleep_for(kPause);
    outcome = RunOnce(step);
  }
  if (outcome.result == "done" && step.once_per_boot) {
    const Status marked = WriteNewFile(MarkPath(order, step), MarkOf(step));
    // It would be done once more: no harm, as every step can be.
    if (!marked.ok()) outcome.text = "and could not be noted: " + marked.text();
  }
  return outcome;
}

void Say(const Order& order, const BootstrapStep& step, const Outcome& outcome, milliseconds taken,
         const Console& console) {
  char seconds[32];
  (void)std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(taken.count()) / 1000);
  if (order.json) {
    console.out << JsonObject()
                       .Add("phase", step.phase)
                       .Add("step", step.name)
                       .Add("result", outcome.result)
                       .Add("text", outcome.text)
                       .AddRaw("seconds", seconds)
                       .Text()
                << "\n"
                << std::flush;
    return;
  }
  console.out << step.name << ": " << outcome.result;
  if (!outcome.text.empty()) console.out << ": " << outcome.text;
  if (outcome.result == "done") console.out << " (" << seconds << " s)";
  console.out << "\n" << std::flush;
}

ExitCode DoAll(const Order& order, const Console& console) {
  std::string failed;  // the step after which nothing more is done
  for (const BootstrapStep& step : order.steps) {
    const Clock::time_point begun = Clock::now();
    Outcome outcome{"skipped", "because " + failed + " failed"};
    if (failed.empty()) {
      outcome = step.kind == BootstrapStep::Kind::kDirectory ? DoDirectory(order, step)
                                                             : DoRun(order, step);
    }
    Say(order, step, outcome, std::chrono::duration_cast<milliseconds>(Clock::now() - begun),
        console);
    if (outcome.result != "failed") continue;
    console.err << "audiodl bootstrap: " << step.name << " failed: " << outcome.text << "\n";
    if (!step.optional) failed = step.name;
  }
  return failed.empty() ? kDone : kNegative;
}

Result<Order> ReadOrder(const Options& options) {
  Order order;
  order.state_dir = options.Value("--state").value_or("/var/lib/audiodl/bootstrap");
  order.dry = options.Has("-n");
  order.json = options.Has("--json");
  if (const auto wait = options.Value("--wait")) {
    const auto time = ParseDuration(*wait);
    if (!time.ok()) return Status::Invalid("--wait: " + time.status().text());
    order.wait = *time;
  }
  const std::string path = options.Value("--plan").value_or("/etc/audiodl/bootstrap.conf");
  const Result<std::string> text = ReadWholeFile(path, kMaxConfig);
  if (!text.ok()) return NotUsage(text.status());
  const Result<BootstrapPlan> plan = BootstrapPlan::Parse(*text);
  if (!plan.ok()) return Status(Code::kCorrupt, path + ": " + plan.status().text());
  // Which phases there are, the plan decides.
  Result<std::vector<BootstrapStep>> steps = plan->Of(options.operands());
  if (!steps.ok()) return Status(Code::kCorrupt, path + ": " + steps.status().text());
  order.steps = std::move(steps).value();
  return order;
}

ExitCode Run(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"-n", "--json"}, .values = {"--plan", "--state", "--wait"}});
  if (!options.ok()) return Refuse(kBootstrapCommand, options.status(), console);
  const Result<Order> order = ReadOrder(*options);
  if (!order.ok()) return Refuse(kBootstrapCommand, order.status(), console);
  if (order->dry) return DoAll(*order, console);
  const Result<Turn> turn = Turn::Take(*order);
  if (!turn.ok()) return Complain(kBootstrapCommand, turn.status(), console);
  return DoAll(*order, console);
}

}  // namespace

const Command kBootstrapCommand = {
    .name = "bootstrap",
    .arguments = "[-n] [--plan FILE] [--state DIR] [--wait TIME] [--json] [PHASE]...",
    .summary = "do all that a server does until customers may come",
    .help =
        "Runs the steps of a plan (conf/bootstrap.conf) in order: addresses, directories, the\n"
        "listing, the check of httpd's configuration, warming, DNS. Every step may be done again,\n"
        "so it may run at any time, also where an earlier run was killed. Two at a time take\n"
        "turns. Each step is told: done, skipped or failed, and why; after one that failed, and "
        "is\n"
        "not optional, the rest is skipped and the answer is no. Without a PHASE all are run but\n"
        "\"leave\", which is for a server that goes.\n"
        "\n"
        "  -n           changes nothing, and says what would be done\n"
        "  --plan FILE  in place of /etc/audiodl/bootstrap.conf\n"
        "  --state DIR  what was done since the machine booted; /var/lib/audiodl/bootstrap\n"
        "  --wait TIME  for another bootstrap to end (10m)\n"
        "  --json       one JSON object a line\n",
    .run = Run,
};

}  // namespace audiodl
