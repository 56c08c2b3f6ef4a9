// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Asks a server's SetHandler audiodl-health over HTTP, as a load balancer does. One thread at a
// time.

#ifndef AUDIODL_COMMON_CLUSTER_HEALTH_CLIENT_H_
#define AUDIODL_COMMON_CLUSTER_HEALTH_CLIENT_H_

#include <chrono>
#include <string>

#include "common/base/status.h"

namespace audiodl {

struct HealthQuestion {
  std::string url;           // "https://www.example.org/healthz"
  std::string connect = {};  // "127.0.0.1:443": where that is; empty: as the name says
  std::chrono::milliseconds timeout = std::chrono::seconds(5);
};

struct HealthAnswer {
  bool ready = false;  // 200: customers are served
  std::string status;  // "ready", "degraded", "starting", "draining", "down"
  std::string json;    // the whole answer, one line
};

// kInvalid: the URL makes no sense, or what answers is no audiodl-health. kUnreachable: nobody
// answers in time.
Result<HealthAnswer> AskHealth(const HealthQuestion& question);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_HEALTH_CLIENT_H_
