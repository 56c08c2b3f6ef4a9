// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/process_birth.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "common/base/file_io.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

// The line is below 400 bytes, whatever the numbers in it.
constexpr size_t kLongestLine = 4096;

std::optional<ProcessFacts> FactsOf(pid_t pid) {
  const Result<std::string> stat =
      ReadWholeFile("/proc/" + std::to_string(pid) + "/stat", kLongestLine);
  return stat.ok() ? ProcessFacts::Parse(*stat) : std::nullopt;
}

}  // namespace

std::optional<ProcessFacts> ProcessFacts::Parse(std::string_view stat) {
  // Fields are counted from 1; the second is the name in parentheses, the third the state.
  constexpr int kBorn = 22;
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = Trim(stat.substr(name_end + 1));
  if (rest.empty()) return std::nullopt;
  ProcessFacts facts;
  facts.state = rest.front();
  for (int field = 3; field < kBorn; ++field) {
    const size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(blank + 1);
  }
  const std::optional<uint64_t> born = ParseDecimal(rest.substr(0, rest.find(' ')));
  if (!born) return std::nullopt;
  facts.born = *born;
  return facts;
}

ProcessBirth ProcessBirth::Own() {
  const std::optional<ProcessFacts> facts = FactsOf(getpid());
  return {getpid(), facts ? facts->born : 0};
}

bool ProcessBirth::IsAlive() const {
  // EPERM is somebody.
  if (kill(pid, 0) != 0 && errno == ESRCH) return false;
  const std::optional<ProcessFacts> facts = FactsOf(pid);
  if (!facts) return true;
  if (facts->state == 'Z' || facts->state == 'X') return false;
  return born == 0 || facts->born == born;
}

}  // namespace audiodl
