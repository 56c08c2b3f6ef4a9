// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/bootstrap_plan.h"

#include <algorithm>
#include <optional>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

using Words = std::vector<std::string>;

bool IsName(std::string_view text) {
  return !text.empty() && IsAlnum(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '-' || c == '_'; });
}

// "0700"
std::optional<mode_t> ParseMode(std::string_view text) {
  mode_t mode = 0;
  if (text.empty() || text.size() > 4) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    mode = mode * 8 + static_cast<mode_t>(c - '0');
  }
  return mode;
}

// What stands after "NAME=", where the word begins so.
std::optional<std::string> ValueOf(const std::string& word, std::string_view name) {
  if (!word.starts_with(std::string(name) + "=")) return std::nullopt;
  return word.substr(name.size() + 1);
}

Status TakeDirectoryOption(const std::string& word, BootstrapStep& step) {
  if (const auto owner = ValueOf(word, "owner")) {
    const size_t colon = owner->find(':');
    step.owner = owner->substr(0, colon);
    if (colon != std::string::npos) step.group = owner->substr(colon + 1);
    if (!step.owner.empty()) return Status::Ok();
  } else if (const auto mode = ValueOf(word, "mode")) {
    const std::optional<mode_t> number = ParseMode(*mode);
    if (number) {
      step.mode = *number;
      return Status::Ok();
    }
  }
  return Status::Invalid("\"" + Printable(word) + "\" is no owner=USER[:GROUP] or mode=0755");
}

Result<BootstrapStep> ParseDirectory(const Words& words) {
  BootstrapStep step;
  step.kind = BootstrapStep::Kind::kDirectory;
  if (words.size() < 2 || !words[1].starts_with('/') || words[1] == "/") {
    return Status::Invalid("Directory takes an absolute path");
  }
  step.name = words[1];
  while (step.name.ends_with('/')) step.name.pop_back();
  for (size_t i = 2; i < words.size(); ++i) {
    if (Status status = TakeDirectoryOption(words[i], step); !status.ok()) return status;
  }
  return step;
}

Status TakeTime(const std::string& text, std::chrono::milliseconds& time) {
  const auto parsed = ParseDuration(text);
  if (!parsed.ok()) return parsed.status();
  time = *parsed;
  return Status::Ok();
}

Status TakeRunOption(const std::string& word, BootstrapStep& step) {
  if (word == "optional") {
    step.optional = true;
    return Status::Ok();
  }
  if (word == "once=boot") {
    step.once_per_boot = true;
    return Status::Ok();
  }
  if (const auto time = ValueOf(word, "timeout")) return TakeTime(*time, step.timeout);
  if (const auto time = ValueOf(word, "retry")) return TakeTime(*time, step.retry);
  return Status::Invalid("\"" + Printable(word) +
                         "\" is none of timeout=TIME, retry=TIME, once=boot, optional");
}

Result<BootstrapStep> ParseRun(const Words& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (words.size() < 2 || !IsName(words[1]) || dashes == words.end()) {
    return Status::Invalid("Run takes a NAME, options, and after -- a program with its arguments");
  }
  BootstrapStep step;
  step.name = words[1];
  for (auto word = words.begin() + 2; word != dashes; ++word) {
    if (Status status = TakeRunOption(*word, step); !status.ok()) return status;
  }
  step.argv.assign(dashes + 1, words.end());
  if (step.argv.empty() || step.argv.front().empty()) {
    return Status::Invalid("there is no program after --");
  }
  if (step.timeout.count() == 0) return Status::Invalid("timeout=0 gives it no time at all");
  return step;
}

Result<BootstrapStep> ParseStep(const Words& words) {
  if (EqualsIgnoreCase(words[0], "Directory")) return ParseDirectory(words);
  if (EqualsIgnoreCase(words[0], "Run")) return ParseRun(words);
  return Status::Invalid("\"" + Printable(words[0]) + "\" is none of Phase, Directory, Run");
}

bool HasPhase(const BootstrapPlan& plan, const std::string& phase) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [&](const BootstrapStep& step) { return step.phase == phase; });
}

bool HasName(const BootstrapPlan& plan, const BootstrapStep& like) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const BootstrapStep& step) {
    return step.name == like.name && step.phase == like.phase;
  });
}

Status TakeLine(const Words& words, std::string& phase, BootstrapPlan& plan) {
  if (EqualsIgnoreCase(words[0], "Phase")) {
    if (words.size() != 2 || !IsName(words[1])) return Status::Invalid("Phase takes one name");
    phase = words[1];
    return Status::Ok();
  }
  Result<BootstrapStep> step = ParseStep(words);
  if (!step.ok()) return step.status();
  if (phase.empty()) return Status::Invalid("a Phase must stand above the first step");
  step->phase = phase;
  if (HasName(plan, *step)) {
    return Status::Invalid("the phase " + phase + " has a step " + step->name + " already");
  }
  plan.steps.push_back(std::move(step).value());
  return Status::Ok();
}

}  // namespace

std::string BootstrapStep::Digest() const {
  std::string text = phase + "\n" + name;
  for (const std::string& word : argv) text += "\n" + std::to_string(word.size()) + " " + word;
  return HexEncode(Sha256Of(text));
}

Result<BootstrapPlan> BootstrapPlan::Parse(std::string_view text) {
  BootstrapPlan plan;
  std::string phase;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const Result<Words> words = SplitWords(line);
    const Status taken = words.ok() ? TakeLine(*words, phase, plan) : words.status();
    if (!taken.ok()) {
      return Status::Invalid("line " + std::to_string(number) + ": " + taken.text());
    }
  }
  if (plan.steps.empty()) return Status::Invalid("there is no step in it");
  return plan;
}

Result<std::vector<BootstrapStep>> BootstrapPlan::Of(const std::vector<std::string>& phases) const {
  for (const std::string& phase : phases) {
    if (!HasPhase(*this, phase)) {
      return Status(Code::kNotFound, "there is no phase " + Printable(phase));
    }
  }
  std::vector<BootstrapStep> chosen;
  for (const BootstrapStep& step : steps) {
    const bool named = std::find(phases.begin(), phases.end(), step.phase) != phases.end();
    if (phases.empty() ? step.phase != kLeave : named) chosen.push_back(step);
  }
  return chosen;
}

}  // namespace audiodl
