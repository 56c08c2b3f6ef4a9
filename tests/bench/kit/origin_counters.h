// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the origin was asked and what it sent, by path. One thread at a time.

#ifndef AUDIODL_TESTS_BENCH_KIT_ORIGIN_COUNTERS_H_
#define AUDIODL_TESTS_BENCH_KIT_ORIGIN_COUNTERS_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

namespace audiodl::bench {

struct PathCounters {
  uint64_t gets = 0;
  uint64_t heads = 0;
  uint64_t bytes = 0;    // of bodies, as taken by the kernel
  uint64_t at_once = 0;  // the most GETs that were under way together
  uint64_t under_way = 0;

  void Begin() { at_once = std::max(at_once, ++under_way); }
  void End() { --under_way; }
};

class OriginCounters {
 public:
  // Stays valid, also over Reset().
  PathCounters& Of(const std::string& path) { return paths_[path]; }

  void Reset() {
    for (auto& [path, counters] : paths_) counters = PathCounters{.under_way = counters.under_way};
  }

  // {"/bucket/key": {"gets": 1, "heads": 0, "bytes": 65536, "at_once": 1}, …} of all paths that
  // were asked for since Reset(). The bench's keys are plain ASCII, so nothing needs escaping.
  std::string Json() const {
    std::string json;
    for (const auto& [path, counters] : paths_) {
      if (counters.gets + counters.heads == 0) continue;
      json += (json.empty() ? "{\"" : ", \"") + path +
              "\": {\"gets\": " + std::to_string(counters.gets) +
              ", \"heads\": " + std::to_string(counters.heads) +
              ", \"bytes\": " + std::to_string(counters.bytes) +
              ", \"at_once\": " + std::to_string(counters.at_once) + "}";
    }
    return json.empty() ? "{}" : json + "}";
  }

 private:
  std::map<std::string, PathCounters> paths_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_ORIGIN_COUNTERS_H_
