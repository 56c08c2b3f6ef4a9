// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// load: clients that ask for one URL again as soon as they were answered, each on a connection that
// is kept alive: for the whole object, or for random ranges. The status and length of every answer
// are checked, and with --compare every byte; without, bodies are thrown away in the kernel, so
// that it is the server that is measured.
//
//   load --url URL --object-bytes N --clients N --seconds S
//        [--warmup S] [--range-bytes N] [--seed N] [--compare FILE] [--header LINE]…
//
// Prints one line of JSON. `seconds`, `bytes`, `requests` and the percentiles are those of the time
// after the warm-up; `total_bytes` and `total_requests` are all, to be set against a server's CPU
// time, which is taken from before the start till after the end.

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/bench/kit/http_client.h"
#include "tests/bench/kit/options.h"
#include "tests/bench/kit/poller.h"
#include "tests/bench/kit/reference.h"
#include "tests/bench/kit/samples.h"

namespace audiodl::bench {
namespace {

// A client's turn, so that one fast connection does not keep the others waiting.
constexpr uint64_t kTurnBytes = 4 << 20;
constexpr size_t kScratchBytes = 256 << 10;
// A server that fails so often is down; there is nothing to measure.
constexpr uint64_t kMostFailures = 1000;

struct Plan {
  const Target* target = nullptr;
  const Reference* reference = nullptr;  // null: bodies are not looked at
  size_t clients = 0;
  uint64_t object_bytes = 0;
  uint64_t range_bytes = 0;  // 0: whole objects
  Clock::duration warmup{};
  Clock::duration measured{};
  unsigned seed = 1;
};

struct Tally {
  uint64_t bytes = 0;
  uint64_t requests = 0;
};

class Load {
 public:
  explicit Load(const Plan& plan) : plan_(plan), scratch_(kScratchBytes), random_(plan.seed) {
    for (size_t i = 0; i < plan.clients; ++i) {
      clients_.push_back(std::make_unique<Client>(*plan.target, scratch_));
      if (plan.reference != nullptr) CompareBodies(*clients_.back());
    }
  }

  void Run() {
    const Clock::time_point begin = Clock::now() + plan_.warmup;
    const Clock::time_point end = begin + plan_.measured;
    for (const auto& client : clients_) Connect(*client);
    for (Clock::time_point now = Clock::now(); now < end; now = Clock::now()) {
      measuring_ = now >= begin;
      for (const epoll_event& event : poller_.Wait(measuring_ ? end : begin)) {
        Turn(*static_cast<Client*>(event.data.ptr));
      }
    }
    seconds_ = Seconds(Clock::now() - begin);
  }

  void Print() const {
    std::printf("{\"seconds\": %.4f, \"bytes\": %" PRIu64 ", \"requests\": %" PRIu64
                ", \"total_bytes\": %" PRIu64 ", \"total_requests\": %" PRIu64
                ", \"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"failed\": %" PRIu64
                ", \"trouble\": \"%s\"}\n",
                seconds_, measured_.bytes, measured_.requests, total_.bytes, total_.requests,
                latency_.Percentile(50), latency_.Percentile(95), latency_.Percentile(99), failed_,
                trouble_.c_str());
  }

 private:
  struct Client {
    Client(const Target& target, std::span<char> scratch) : http(target, scratch) {}
    HttpClient http;
    std::optional<Span> span;
    uint32_t polled = 0;
    bool wrong = false;
  };

  void CompareBodies(Client& client) {
    client.http.set_sink([this, &client](uint64_t offset, std::string_view bytes) {
      const uint64_t first = client.span ? client.span->first : 0;
      client.wrong = client.wrong || !plan_.reference->Matches(first + offset, bytes);
    });
  }

  void Connect(Client& client) {
    client.http.Connect();
    client.polled = 0;
    Poll(client);
  }

  void Poll(Client& client) {
    if (client.polled == client.http.awaited()) return;
    client.polled = client.http.awaited();
    poller_.Set(client.http.fd(), client.polled, &client);
  }

  void Turn(Client& client) {
    const uint64_t before = client.http.exchange().received;
    const Progress progress = client.http.Advance(kTurnBytes);
    Add({client.http.exchange().received - before, 0});
    switch (progress) {
      case Progress::kReady:
        return Ask(client);
      case Progress::kDone:
        return Finish(client);
      case Progress::kBroken:
        return Lose(client);
      default:
        return Poll(client);  // a handshake waits now for this, now for that
    }
  }

  void Ask(Client& client) {
    if (plan_.range_bytes > 0) {
      const uint64_t last = plan_.object_bytes - plan_.range_bytes;
      const uint64_t first = std::uniform_int_distribution<uint64_t>(0, last)(random_);
      client.span = Span{first, first + plan_.range_bytes};
    }
    client.wrong = false;
    client.http.Ask(plan_.target->Request(client.span));
    client.http.fd() < 0 ? Lose(client) : Poll(client);
  }

  void Finish(Client& client) {
    const Exchange& exchange = client.http.exchange();
    if (exchange.status != (client.span ? 206 : 200)) {
      return Fail(client, "status " + std::to_string(exchange.status));
    }
    const uint64_t wanted = client.span ? client.span->length() : plan_.object_bytes;
    if (exchange.length != wanted) return Fail(client, "another length");
    if (client.wrong) return Fail(client, "wrong bytes");
    Add({0, 1});
    if (measuring_) latency_.Add(exchange.done - exchange.asked);
    exchange.keep_alive ? Ask(client) : Connect(client);
  }

  void Lose(Client& client) {
    client.http.ended_while_idle() ? Connect(client) : Fail(client, client.http.trouble());
  }

  void Fail(Client& client, const std::string& trouble) {
    trouble_ = trouble;
    if (++failed_ > kMostFailures) Die("it fails all the time: " + trouble);
    Connect(client);
  }

  void Add(const Tally& more) {
    total_.bytes += more.bytes;
    total_.requests += more.requests;
    if (!measuring_) return;
    measured_.bytes += more.bytes;
    measured_.requests += more.requests;
  }

  const Plan plan_;
  std::vector<char> scratch_;
  std::mt19937_64 random_;
  Poller poller_;
  std::vector<std::unique_ptr<Client>> clients_;
  bool measuring_ = false;
  double seconds_ = 0;
  Tally total_, measured_;
  Samples latency_;
  uint64_t failed_ = 0;
  std::string trouble_;  // the last one
};

}  // namespace
}  // namespace audiodl::bench

int main(int argc, char** argv) {
  namespace bench = audiodl::bench;
  const bench::Options options(argc, argv,
                               {"url", "object-bytes", "clients", "seconds", "warmup",
                                "range-bytes", "seed", "compare", "header"});
  const bench::Target target(options.Required("url"), options.All("header"));
  std::optional<bench::Reference> reference;
  if (const std::string path = options.Text("compare", ""); !path.empty()) reference.emplace(path);
  bench::Plan plan;
  plan.target = &target;
  plan.reference = reference ? &*reference : nullptr;
  plan.clients = static_cast<size_t>(options.Number("clients", 1));
  plan.object_bytes = std::stoull(options.Required("object-bytes"));
  plan.range_bytes = static_cast<uint64_t>(options.Number("range-bytes", 0));
  plan.warmup = options.Seconds("warmup", 0.5);
  plan.measured = options.Seconds("seconds", 3);
  plan.seed = static_cast<unsigned>(options.Number("seed", 1));
  bench::Load load(plan);
  load.Run();
  load.Print();
}
