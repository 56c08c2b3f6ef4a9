// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a new server does until customers may come, as conf/bootstrap.conf declares it:
//
//   Phase prepare
//   Directory /var/cache/audiodl/www owner=www-data:www-data mode=0700
//   Run hosts retry=2m -- audiodl hosts apply
//   Run config -- apachectl -t
//   Phase join
//   Run warm once=boot optional timeout=30m -- audiodl warm --like http://www1/audiodl-hot
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_CLUSTER_BOOTSTRAP_PLAN_H_
#define AUDIODL_COMMON_CLUSTER_BOOTSTRAP_PLAN_H_

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct BootstrapStep {
  enum class Kind : unsigned char { kDirectory, kRun };

  Kind kind = Kind::kRun;
  std::string phase;
  std::string name;  // of a directory: its path
  // kDirectory; empty: as it is, or root's where it is made
  std::string owner = {};
  std::string group = {};
  mode_t mode = 0755;
  // kRun
  std::vector<std::string> argv = {};
  std::chrono::milliseconds timeout = std::chrono::minutes(10);  // of one attempt
  std::chrono::milliseconds retry{0};  // failures are tried again for so long
  bool optional = false;               // what follows is done although it failed
  bool once_per_boot = false;

  // Changes with what the step does.
  std::string Digest() const;
};

struct BootstrapPlan {
  // The phase that only runs when it is named: what is done when the server goes.
  static constexpr std::string_view kLeave = "leave";

  std::vector<BootstrapStep> steps;

  // kInvalid names the line and what is wrong: an unknown word, a step without a phase, two steps
  // of one name.
  static Result<BootstrapPlan> Parse(std::string_view text);

  // The steps of those phases, in the order declared; of all but kLeave where none is named.
  // kNotFound: there is no such phase.
  Result<std::vector<BootstrapStep>> Of(const std::vector<std::string>& phases) const;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_BOOTSTRAP_PLAN_H_
