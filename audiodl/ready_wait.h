// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Waiting for a server to be ready for customers, as its SetHandler audiodl-health tells. One
// thread.

#ifndef AUDIODL_AUDIODL_READY_WAIT_H_
#define AUDIODL_AUDIODL_READY_WAIT_H_

#include <chrono>
#include <string>

#include "audiodl/command_config.h"
#include "audiodl/options.h"
#include "common/base/status.h"
#include "common/cluster/health_client.h"

namespace audiodl {

struct ReadyWait {
  HealthQuestion question;
  std::chrono::milliseconds patience{0};  // 0: asked once
  unsigned times = 1;                     // in a row

  // From --health (or AudioHealth), --connect, --wait and --times. `patience` and `times` are what
  // holds without the latter two. For Refuse().
  static Result<ReadyWait> Of(const Options& options, std::chrono::milliseconds patience,
                              unsigned times);
};

// The options that Of() knows, besides --config.
std::vector<std::string> WithReadyOptions(std::vector<std::string> more);

// The last answer: ready where it was so as many times in a row. As AskHealth() where the last
// question had no answer.
Result<HealthAnswer> WaitUntilReady(const ReadyWait& wait);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_READY_WAIT_H_
