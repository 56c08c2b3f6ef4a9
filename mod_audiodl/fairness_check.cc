// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/fairness_check.h"

#include <http_config.h>
#include <http_core.h>

#include <chrono>

#include "common/base/units.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// 128 kbit/s, as many audiobooks are, with some room for what a player fetches ahead.
constexpr uint64_t kSlowestForPlayers = 32 * 1024;
// A player that seeks asks for the next part before the last one's end has come through.
constexpr uint32_t kFewestForPlayers = 2;
// A tunnel, a lift, a call that comes in.
constexpr std::chrono::seconds kShortestPause{30};

// What the virtual host itself says, and each <Location> in it.
std::vector<const DirConfig*> PlacesIn(const server_rec* server) {
  std::vector<const DirConfig*> places;
  const auto add = [&places](const ap_conf_vector_t* settings) {
    if (const void* config = ap_get_module_config(settings, &audiodl_module)) {
      places.push_back(static_cast<const DirConfig*>(config));
    }
  };
  add(server->lookup_defaults);
  const auto* core =
      static_cast<core_server_config*>(ap_get_core_module_config(server->module_config));
  for (int i = 0; core->sec_url != nullptr && i < core->sec_url->nelts; ++i) {
    add(APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t*));
  }
  return places;
}

void AdviseOnRate(const DownloadRate& rate, bool speaks_http2, std::vector<std::string>& advice) {
  if (!rate.limits()) return;
  if (rate.bytes_per_second < kSlowestForPlayers) {
    advice.push_back("AudioRate of " + FormatSize(rate.bytes_per_second) +
                     " a second is slower than many audiobooks play: write 64K or more, or none");
  }
  if (speaks_http2) {
    advice.push_back(
        "over HTTP/2 AudioRate is the rate of all that a connection carries, pages too: write "
        "Protocols http/1.1 in the virtual host of the downloads");
  }
}

void AdviseOnStreams(const StreamLimit& limit, std::vector<std::string>& advice) {
  if (limit.per_customer == 0 || limit.per_customer >= kFewestForPlayers) return;
  advice.push_back(
      "AudioStreams 1 refuses a player that seeks, because it asks for the next part before the "
      "last one has ended: write AudioStreams 3 or more");
}

void AdviseOnStalls(std::chrono::milliseconds timeout, std::vector<std::string>& advice) {
  if (timeout >= kShortestPause) return;
  advice.push_back("AudioStallTimeout of " + std::to_string(timeout.count()) +
                   " ms cuts off a phone in a tunnel, and whoever pauses: write 1m or more");
}

}  // namespace

std::vector<std::string> AdviceOnFairness(const server_rec* server, bool speaks_http2) {
  std::vector<std::string> advice;
  for (const DirConfig* place : PlacesIn(server)) {
    AdviseOnRate(place->Rate(), speaks_http2, advice);
    AdviseOnStreams(place->Streams(), advice);
    AdviseOnStalls(place->StallTimeout(), advice);
  }
  return advice;
}

}  // namespace audiodl
