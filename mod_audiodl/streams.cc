// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/streams.h"

#include <http_config.h>
#include <http_log.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "common/client/process_birth.h"
#include "common/client/stream_limit.h"
#include "common/client/stream_slots.h"
#include "common/fetch/follower.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {

// The streams of this process, among those of all. Lives as long as the process; thread-safe.
class OwnStreams {
 public:
  explicit OwnStreams(SharedState& shared) : shared_(shared) {}

  // A client that has its last byte may be here again before the thread that sent it has come to
  // the end of the request: so nobody is refused at the first look.
  StreamSlots::Answer Take(uint64_t key, uint32_t limit) {
    StreamSlots::Answer answer = shared_.streams.Take(key, limit, own_);
    for (const std::chrono::microseconds nap : kNaps) {
      if (answer != StreamSlots::Answer::kRefused) break;
      std::this_thread::sleep_for(nap);
      answer = shared_.streams.Take(key, limit, own_);
    }
    return answer;
  }
  void Give(uint64_t key) { shared_.streams.Give(key, own_); }
  const SipKey& secret() const { return shared_.streams.secret(); }
  void CountRefusal() { shared_.counters.workers.throttled.Add(); }

  // Once a minute.
  bool ShouldTell() {
    const int64_t minute = std::chrono::floor<std::chrono::minutes>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count();
    return told_at_.exchange(minute) != minute;
  }

 private:
  static constexpr std::chrono::microseconds kNaps[] = {std::chrono::microseconds(200),
                                                        std::chrono::microseconds(1300)};

  SharedState& shared_;
  const ProcessBirth own_ = ProcessBirth::Own();
  std::atomic<int64_t> told_at_{-1};  // a minute of the steady clock
};

namespace {

// In r->pool: goes when the last byte has been handed to the network.
class TakenStream {
 public:
  TakenStream(OwnStreams& streams, uint64_t key) : streams_(streams), key_(key) {}
  ~TakenStream() { streams_.Give(key_); }
  TakenStream(const TakenStream&) = delete;
  TakenStream& operator=(const TakenStream&) = delete;

 private:
  OwnStreams& streams_;
  const uint64_t key_;
};

struct Party {
  uint64_t key;
  uint32_t limit;  // 0: not counted
  const char* name;
};

Party PartyOf(const request_rec* r, const StreamLimit& limit, const SipKey& secret) {
  const std::string& scope = ServerConfigOf(r->server).decision_scope;
  if (r->user != nullptr) {
    return {StreamKeyOfCustomer(secret, scope, r->user), limit.per_customer, "this customer"};
  }
  return {StreamKeyOfAddress(secret, scope, r->useragent_ip), limit.per_address, "this address"};
}

int Refuse(request_rec* r, OwnStreams& streams, const Party& party) {
  streams.CountRefusal();
  return Answer(r, Cause::kTooManyStreams,
                std::to_string(party.limit) + " downloads of " + party.name +
                    " are under way, as many as AudioStreams allows");
}

void MakeOwnStreams(apr_pool_t* pchild, server_rec* main_server) {
  const FetcherLink* link = ServerConfigOf(main_server).fetcher;
  if (link == nullptr) return;
  OwnStreams* own = NewInPool<OwnStreams>(pchild, *link->shared);
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfigOf(server).own_streams = own;
  }
}

}  // namespace

int TakeStream(request_rec* r) {
  OwnStreams* streams = ServerConfigOf(r->server).own_streams;
  const StreamLimit limit = DirConfigOf(r).Streams();
  if (limit.per_customer == 0 && limit.per_address == 0) return OK;
  if (streams == nullptr || r->header_only || r->main != nullptr) return OK;
  const Party party = PartyOf(r, limit, streams->secret());
  if (party.limit == 0) return OK;
  switch (streams->Take(party.key, party.limit)) {
    case StreamSlots::Answer::kTaken:
      NewInPool<TakenStream>(r->pool, *streams, party.key);
      break;
    case StreamSlots::Answer::kRefused:
      return Refuse(r, *streams, party);
    case StreamSlots::Answer::kFull:
      if (!streams->ShouldTell()) break;
      ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                    "audiodl: AudioStreams: this download cannot be counted, because too many are "
                    "under way on this server; it goes on without a limit");
      break;
  }
  return OK;
}

void RegisterStreams(apr_pool_t*) {
  ap_hook_child_init(Guarded<MakeOwnStreams>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
