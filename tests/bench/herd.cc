// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// herd: clients that are all connected, then all ask for one URL in the same instant; every body is
// compared byte by byte. With one client it is a plain download.
//
//   herd --url URL --compare FILE [--clients N] [--range FIRST-LAST] [--timeout S] [--header LINE]…
//
// Prints one line of JSON; times count from the instant of asking, `ttfb` is a body's first byte.

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/kit/http_client.h"
#include "tests/bench/kit/options.h"
#include "tests/bench/kit/poller.h"
#include "tests/bench/kit/reference.h"
#include "tests/bench/kit/samples.h"

namespace audiodl::bench {
namespace {

constexpr uint64_t kTurnBytes = 1 << 20;
constexpr size_t kScratchBytes = 256 << 10;

struct Plan {
  const Target* target = nullptr;
  const Reference* reference = nullptr;
  size_t clients = 0;
  std::optional<Span> span;
  Clock::duration timeout{};
};

class Herd {
 public:
  explicit Herd(const Plan& plan) : plan_(plan), scratch_(kScratchBytes) {
    for (size_t i = 0; i < plan.clients; ++i) {
      clients_.push_back(std::make_unique<Client>(*plan.target, scratch_));
      CompareBody(*clients_.back());
    }
  }

  void Run() {
    const Clock::time_point deadline = Clock::now() + plan_.timeout;
    for (const auto& client : clients_) {
      client->http.Connect();
      Poll(*client);
    }
    while (left() > 0 && Clock::now() < deadline) {
      for (const epoll_event& event : poller_.Wait(deadline)) {
        Turn(*static_cast<Client*>(event.data.ptr));
      }
      if (!asked_ && ready_ == left()) AskAll();
    }
    if (left() > 0) trouble_ = "not done in time";
  }

  bool all_well() const { return ok_ == clients_.size(); }

  void Print() const {
    std::printf("{\"clients\": %zu, \"ok\": %zu, \"bytes\": %" PRIu64
                ", \"ttfb_p50_ms\": %.3f, \"ttfb_p95_ms\": %.3f, \"ttfb_max_ms\": %.3f"
                ", \"total_p50_ms\": %.3f, \"wall_ms\": %.3f, \"trouble\": \"%s\"}\n",
                clients_.size(), ok_, bytes_, first_byte_.Percentile(50),
                first_byte_.Percentile(95), first_byte_.Percentile(100), done_.Percentile(50),
                done_.Percentile(100), trouble_.c_str());
  }

 private:
  struct Client {
    Client(const Target& target, std::span<char> scratch) : http(target, scratch) {}
    HttpClient http;
    bool wrong = false;
  };

  size_t left() const { return clients_.size() - ok_ - failed_; }

  void CompareBody(Client& client) {
    const uint64_t first = plan_.span ? plan_.span->first : 0;
    client.http.set_sink([this, &client, first](uint64_t offset, std::string_view bytes) {
      client.wrong = client.wrong || !plan_.reference->Matches(first + offset, bytes);
    });
  }

  void Poll(Client& client) { poller_.Set(client.http.fd(), client.http.awaited(), &client); }

  void AskAll() {
    asked_ = true;
    const std::string request = plan_.target->Request(plan_.span);
    for (const auto& client : clients_) {
      if (client->http.fd() < 0) continue;  // failed already
      client->http.Ask(request);
      if (client->http.fd() < 0) Fail(client->http.trouble());
    }
  }

  void Turn(Client& client) {
    const Progress progress = client.http.Advance(kTurnBytes);
    if (progress == Progress::kDone) return Finish(client);
    if (progress == Progress::kBroken) return Fail(client.http.trouble());
    if (progress == Progress::kReady) ++ready_;
    if (!asked_) Poll(client);  // a handshake waits now for this, now for that
  }

  void Finish(Client& client) {
    const Exchange& exchange = client.http.exchange();
    bytes_ += exchange.received;
    poller_.Set(client.http.fd(), 0, &client);
    const uint64_t wanted = plan_.span ? plan_.span->length() : plan_.reference->size();
    if (exchange.status != (plan_.span ? 206 : 200)) {
      return Fail("status " + std::to_string(exchange.status));
    }
    if (exchange.received != wanted) return Fail("another length");
    if (client.wrong) return Fail("wrong bytes");
    ++ok_;
    first_byte_.Add(exchange.first_byte - exchange.asked);
    done_.Add(exchange.done - exchange.asked);
  }

  void Fail(const std::string& trouble) {
    ++failed_;
    trouble_ = trouble;
  }

  const Plan plan_;
  std::vector<char> scratch_;
  Poller poller_;
  std::vector<std::unique_ptr<Client>> clients_;
  size_t ready_ = 0;
  bool asked_ = false;
  size_t ok_ = 0, failed_ = 0;
  uint64_t bytes_ = 0;
  Samples first_byte_, done_;
  std::string trouble_;  // the last one
};

std::optional<Span> ParseSpan(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const size_t dash = text.find('-');
  if (dash == std::string::npos) Die("--range is FIRST-LAST");
  return Span{std::stoull(text), std::stoull(text.substr(dash + 1)) + 1};
}

}  // namespace
}  // namespace audiodl::bench

int main(int argc, char** argv) {
  namespace bench = audiodl::bench;
  const bench::Options options(argc, argv,
                               {"url", "compare", "clients", "range", "timeout", "header"});
  const bench::Target target(options.Required("url"), options.All("header"));
  const bench::Reference reference(options.Required("compare"));
  bench::Plan plan;
  plan.target = &target;
  plan.reference = &reference;
  plan.clients = static_cast<size_t>(options.Number("clients", 1));
  plan.span = bench::ParseSpan(options.Text("range", ""));
  plan.timeout = options.Seconds("timeout", 60);
  bench::Herd herd(plan);
  herd.Run();
  herd.Print();
  return herd.all_well() ? 0 : 1;
}
