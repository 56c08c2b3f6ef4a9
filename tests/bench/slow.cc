// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// slow: many clients that each read one object at a fixed rate, and a fast one that gets small
// ranges and measures how long each took: first alone, then beside the slow ones.
//
//   slow --url URL --clients N --rate BYTES_PER_SECOND --seconds S [--idle S] [--ramp S]
//        [--probe-every S] [--probe-bytes N] [--probe-timeout S] [--header LINE]…
//
// The fast client probes alone for --idle; then the slow ones begin, spread over --ramp; a second
// later it probes again for --seconds, and that is the end. Prints one line of JSON.

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/kit/options.h"
#include "tests/bench/kit/probe.h"
#include "tests/bench/kit/slow_client.h"

namespace audiodl::bench {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kSettling{1};
constexpr size_t kScratchBytes = 64 << 10;

// All slow clients. Each has its turn ten times a second, spread evenly over the tick.
class Crowd {
 public:
  Crowd(const Target& target, size_t clients, double rate) : scratch_(kScratchBytes) {
    for (size_t i = 0; i < clients; ++i) {
      clients_.push_back(std::make_unique<SlowClient>(target, rate, scratch_));
    }
  }

  void Run(Clock::duration ramp, const std::atomic<bool>& stop) {
    const Clock::time_point begin = Clock::now();
    const size_t ticks = std::max<size_t>(1, static_cast<size_t>(ramp / kTick));
    size_t started = 0;
    for (size_t tick = 1; !stop; ++tick) {
      for (const size_t due = clients_.size() * std::min(tick, ticks) / ticks; started < due;) {
        clients_[started++]->Start();
      }
      const Clock::time_point now = begin + kTick * (tick - 1);
      for (size_t i = 0; i < started; ++i) {
        std::this_thread::sleep_until(now + kTick * i / started);
        clients_[i]->Tick(Clock::now());
      }
      std::this_thread::sleep_until(now + kTick);
    }
    ended_ = Clock::now();
  }

  // The fields of a JSON object.
  void Print() const {
    uint64_t bytes = 0;
    size_t asked = 0, broken = 0, starved = 0, without_a_byte = 0;
    std::string trouble;
    for (const auto& client : clients_) {
      bytes += client->received();
      asked += client->asked() ? 1 : 0;
      broken += client->broken() ? 1 : 0;
      starved += client->Starved(ended_) ? 1 : 0;
      without_a_byte += client->received() == 0 ? 1 : 0;
      if (client->broken()) trouble = client->trouble();
    }
    std::printf(
        "\"clients\": %zu, \"asked\": %zu, \"broken\": %zu, \"starved\": %zu"
        ", \"without_a_byte\": %zu, \"bytes\": %" PRIu64 ", \"trouble\": \"%s\"",
        clients_.size(), asked, broken, starved, without_a_byte, bytes, trouble.c_str());
  }

 private:
  std::vector<char> scratch_;
  std::vector<std::unique_ptr<SlowClient>> clients_;
  Clock::time_point ended_;
};

void PrintProbe(const std::string& when, const ProbeTimes& times) {
  const char* name = when.c_str();
  const Samples& answered = times.answered;
  std::printf(", \"%s_probes\": %zu, \"%s_failed\": %" PRIu64, name, answered.count(), name,
              times.failed);
  std::printf(", \"%s_p50_ms\": %.3f, \"%s_p95_ms\": %.3f", name, answered.Percentile(50), name,
              answered.Percentile(95));
}

}  // namespace
}  // namespace audiodl::bench

int main(int argc, char** argv) {
  namespace bench = audiodl::bench;
  const bench::Options options(argc, argv,
                               {"url", "clients", "rate", "seconds", "idle", "ramp", "probe-every",
                                "probe-bytes", "probe-timeout", "header"});
  const bench::Target target(options.Required("url"), options.All("header"));
  const bench::ProbePlan probe{options.Seconds("probe-every", 0.02),
                               options.Seconds("probe-timeout", 5),
                               static_cast<uint64_t>(options.Number("probe-bytes", 65536))};
  const auto ramp = options.Seconds("ramp", 2);
  const auto clients = static_cast<size_t>(options.Number("clients", 1000));
  bench::Crowd crowd(target, clients, options.Number("rate", 100000));

  const bench::ProbeTimes idle = bench::ProbeFor(options.Seconds("idle", 2), target, probe);
  std::atomic<bool> stop = false;
  std::thread crowding([&] { crowd.Run(ramp, stop); });
  std::this_thread::sleep_for(ramp + bench::kSettling);
  const bench::ProbeTimes loaded = bench::ProbeFor(options.Seconds("seconds", 10), target, probe);
  stop = true;
  crowding.join();

  std::printf("{");
  crowd.Print();
  bench::PrintProbe("idle", idle);
  bench::PrintProbe("loaded", loaded);
  std::printf("}\n");
}
