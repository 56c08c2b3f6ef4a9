// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/want_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// A lost ring costs at most this; a want that was lost with its fetcher is noticed by the epoch.
constexpr milliseconds kLongestNap{250};
constexpr milliseconds kResendAfter{1000};
// However steady the drip, nobody waits for one block longer than so many time-outs.
constexpr int kMaxPatience = 10;

// Whether the origin's trouble, not its answer, kept it from confirming a generation.
bool IsTrouble(Code code) {
  return code != Code::kNotFound && code != Code::kChanged && code != Code::kArchived;
}

Status MeaningOf(Code code) {
  return Status(code, "the fetcher reports: " + std::string(CodeName(code)) +
                          "; its own line in the error log says more");
}

}  // namespace

const char* LookupName(Lookup lookup) {
  switch (lookup) {
    case Lookup::kHit: return "hit";
    case Lookup::kPartial: return "partial";
    case Lookup::kJoined: return "joined";
    case Lookup::kMiss: return "miss";
  }
  return "unknown";
}

// One wait: what was asked for, since when, and how long it may still take.
class WantClient::Waiter {
 public:
  Waiter(const WantClient& client, const Want& want)
      : client_(client),
        want_(want),
        bell_(Doorbells::KeyOf(client.store_.id, client.store_.IdOf(want.key))),
        first_seen_(client.shared_.bells.Peek(bell_)),
        last_seen_(first_seen_),
        give_up_(SteadyClock::now() + client.store_.origin_timeout * kMaxPatience) {
    Progress();
  }

  const Want& want() const { return want_; }

  // To be called before each look at the file, its result handed to Pause().
  uint32_t Peek() const { return client_.shared_.bells.Peek(bell_); }

  // Sends the want where that is due, and sleeps until the bell rings or a nap is over.
  Status Pause(uint32_t seen) {
    const Doorbells& bells = client_.shared_.bells;
    if (const auto code = bells.ErrorSince(bell_, first_seen_)) return MeaningOf(*code);
    if (client_.stop_.load()) return Status(Code::kUnreachable, "the server is stopping");
    if (seen != last_seen_) Progress();
    last_seen_ = seen;
    const auto now = SteadyClock::now();
    if (now >= std::min(deadline_, give_up_)) {
      return Status(Code::kUnreachable, "nothing came from the origin within AudioOriginTimeout");
    }
    SendIfDue(now);
    const auto left = std::chrono::ceil<milliseconds>(std::min(deadline_, give_up_) - now);
    bells.Wait(bell_, seen, std::min(left, kLongestNap));
    return Status::Ok();
  }

  // From now on only what happens from now on counts.
  void Restart() {
    first_seen_ = last_seen_ = Peek();
    sent_.reset();
    Progress();
  }

  void AskFor(WantKind kind) {
    if (kind != want_.kind) sent_.reset();
    want_.kind = kind;
  }

 private:
  void Progress() { deadline_ = SteadyClock::now() + client_.store_.origin_timeout; }

  void SendIfDue(SteadyClock::time_point now) {
    const uint32_t epoch = client_.shared_.fetcher_epoch.load();
    if (sent_ && epoch == epoch_ && now - *sent_ < kResendAfter) return;
    client_.Send(want_);
    sent_ = now;
    epoch_ = epoch;
  }

  const WantClient& client_;
  Want want_;
  const uint64_t bell_;
  uint32_t first_seen_;
  uint32_t last_seen_;
  SteadyClock::time_point deadline_;
  const SteadyClock::time_point give_up_;
  std::optional<SteadyClock::time_point> sent_;
  uint32_t epoch_ = 0;
};

void WantClient::Send(const Want& want) const {
  const std::string datagram = EncodeWant(want);
  (void)send(want_fd_, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

Status WantClient::Look(const Want& want, CacheReader& reader) const {
  const std::string path = store_.cache_dir + "/" + store_.IdOf(want.key).RelativePath();
  Status status = reader.Open(path.c_str(), store_.identity, want.key);
  if (!status.ok()) return status;
  if (reader.marker() != want.marker) return Status(Code::kBusy, "not confirmed yet");
  if (want.kind == WantKind::kInfo || reader.complete()) return status;
  if (want.offset >= reader.header().size) return status;
  const Result<uint64_t> filled = reader.FilledFrom(want.offset);
  if (!filled.ok()) return filled.status();
  return *filled > 0 ? Status::Ok() : Status(Code::kBusy, "not there yet");
}

Lookup WantClient::Describe(const Want& want, const CacheReader& reader) const {
  if (reader.is_open() && reader.complete()) return Lookup::kHit;
  if (shared_.bells.IsFilling(Doorbells::KeyOf(store_.id, store_.IdOf(want.key)))) {
    return Lookup::kJoined;
  }
  if (!reader.is_open()) return Lookup::kMiss;
  const Result<uint64_t> filled = reader.FilledBytes();
  return filled.ok() && *filled > 0 ? Lookup::kPartial : Lookup::kMiss;
}

Status WantClient::Open(const Want& want, CacheReader& reader, Lookup& lookup) const {
  Status status = Look(want, reader);
  lookup = Describe(want, reader);
  if (status.ok()) return status;
  Waiter waiter(*this, want);
  status = OpenWaiting(waiter, reader);
  if (status.code() != Code::kChanged) return status;
  // The file on disk was of a generation that is gone; what comes now is the new one.
  waiter.Restart();
  return OpenWaiting(waiter, reader);
}

Status WantClient::OpenWaiting(Waiter& waiter, CacheReader& reader) const {
  Want want = waiter.want();
  for (;;) {
    const uint32_t seen = waiter.Peek();
    const Status look = Look(want, reader);
    if (look.ok()) return look;
    const bool stale = reader.is_open() && reader.marker() != want.marker;
    waiter.AskFor(stale ? WantKind::kVerify : want.kind);
    const Status pause = waiter.Pause(seen);
    if (pause.ok()) continue;
    // A complete copy that the origin cannot confirm right now is still the newest there is.
    if (stale && reader.complete() && IsTrouble(pause.code())) return Status::Ok();
    return pause;
  }
}

Result<uint64_t> WantClient::WaitFor(CacheReader& reader, uint64_t offset, uint64_t length) const {
  Result<uint64_t> filled = reader.FilledFrom(offset);
  if (!filled.ok() || *filled > 0) return filled;
  Want want;
  want.store = store_.id;
  want.offset = offset;
  want.length = length;
  want.marker = reader.marker();
  want.key = reader.header().key;
  Waiter waiter(*this, want);
  for (;;) {
    const uint32_t seen = waiter.Peek();
    if (Status status = reader.Refresh(); !status.ok()) return status;
    filled = reader.FilledFrom(offset);
    if (!filled.ok() || *filled > 0) return filled;
    if (Status status = waiter.Pause(seen); !status.ok()) return status;
  }
}

}  // namespace audiodl
