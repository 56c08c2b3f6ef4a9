// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/ready_wait.h"

#include <thread>

#include "common/base/units.h"

namespace audiodl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPause{1};
constexpr unsigned kMostTimes = 1000;

}  // namespace

std::vector<std::string> WithReadyOptions(std::vector<std::string> more) {
  for (const char* name : {"--health", "--connect", "--wait", "--times"}) more.emplace_back(name);
  return more;
}

Result<ReadyWait> ReadyWait::Of(const Options& options, std::chrono::milliseconds patience,
                                unsigned times) {
  ReadyWait wait;
  wait.patience = patience;
  wait.times = times;
  if (const auto text = options.Value("--wait")) {
    const auto time = ParseDuration(*text);
    if (!time.ok()) return Status::Invalid("--wait: " + time.status().text());
    wait.patience = *time;
  }
  if (const auto text = options.Value("--times")) {
    const Result<unsigned> count = ParseCount(*text, kMostTimes);
    if (!count.ok()) return Status::Invalid("--times: " + count.status().text());
    wait.times = *count;
  }
  const auto path = options.Value(CommandConfig::kOption);
  const Result<CommandConfig> config = CommandConfig::Read(path);
  if (!config.ok()) return config.status();
  const auto given = options.Value("--health");
  const auto url = given ? given : config->Text("AudioHealth");
  if (!url) {
    return Status(Code::kNotFound,
                  "whose health? Write AudioHealth http://127.0.0.1/healthz into " +
                      path.value_or(CommandConfig::kDefaultPath) + ", or give --health");
  }
  wait.question.url = *url;
  wait.question.connect = options.Value("--connect").value_or("");
  return wait;
}

Result<HealthAnswer> WaitUntilReady(const ReadyWait& wait) {
  const Clock::time_point deadline = Clock::now() + wait.patience;
  for (unsigned good = 0;;) {
    Result<HealthAnswer> answer = AskHealth(wait.question);
    // What makes no sense does not get better.
    if (answer.status().code() == Code::kInvalid && wait.patience.count() == 0) return answer;
    const bool ready = answer.ok() && answer->ready;
    good = ready ? good + 1 : 0;
    if (good >= wait.times) return answer;
    const Clock::time_point now = Clock::now();
    if (now >= deadline) {
      // Ready, but not for long enough.
      if (ready) answer->ready = false;
      return answer;
    }
    std::this_thread::sleep_for(std::min<Clock::duration>(kPause, deadline - now));
  }
}

}  // namespace audiodl
