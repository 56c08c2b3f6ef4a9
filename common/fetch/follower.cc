// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/follower.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace audiodl {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kTouchAfterSeconds = 60;
// A lost ring costs at most this; a want that was lost with its fetcher is noticed by the epoch.
constexpr milliseconds kLongestNap{250};
constexpr milliseconds kResendAfter{1000};
// However steady the drip, nobody waits for one block longer than so many time-outs.
constexpr int kMaxPatience = 10;

// A crowd at a cold chunk is served within this even where the origin is slow; only behind an
// origin that does not answer at all do waiting workers pile up for longer.
constexpr milliseconds kCrowdPatience{500};
constexpr milliseconds kStuckFor{1000};

// A player's window is some seconds of audio; two of them, within reason.
constexpr uint64_t kLeastAhead = 1 << 20;
constexpr uint64_t kMostAhead = 4 << 20;

int64_t SteadyMillis() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since).count();
}

// Counts this worker among those that wait, while it does.
class OccupiedWorker {
 public:
  explicit OccupiedWorker(const FetcherLink& link) : link_(link) { ++link_.waiting; }
  ~OccupiedWorker() { --link_.waiting; }
  OccupiedWorker(const OccupiedWorker&) = delete;
  OccupiedWorker& operator=(const OccupiedWorker&) = delete;

 private:
  const FetcherLink& link_;
};

// Whether the origin's trouble, not its answer, kept it from confirming a generation.
bool IsTrouble(Code code) {
  return code != Code::kNotFound && code != Code::kChanged && code != Code::kArchived;
}

Status MeaningOf(Code code) {
  return Status(code, "the fetcher reports: " + std::string(CodeName(code)) +
                          "; its own line in the error log says more");
}

// Unique on the machine while the process lives: the pid and a count.
uint64_t NextNumber() {
  static std::atomic<uint32_t> count{0};
  return static_cast<uint64_t>(getpid()) << 32 | ++count;
}

}  // namespace

const char* LookupName(Lookup lookup) {
  switch (lookup) {
    case Lookup::kHit:
      return "hit";
    case Lookup::kPartial:
      return "partial";
    case Lookup::kJoined:
      return "joined";
    case Lookup::kMiss:
      return "miss";
    case Lookup::kPass:
      return "pass";
  }
  return "unknown";
}

Follower::Follower(const FetcherLink& link, const StoreConfig& store, std::string key,
                   int64_t marker)
    : link_(link),
      store_(store),
      key_(std::move(key)),
      marker_(marker),
      id_(store.IdOf(key_)),
      bell_(Doorbells::KeyOf(store.id, id_)) {}

Follower::~Follower() {
  if (number_ != 0) Send(MakeWant(WantKind::kRelease, 0, 0));
}

Want Follower::MakeWant(WantKind kind, uint64_t offset, uint64_t length) const {
  Want want;
  want.kind = kind;
  want.store = store_.id;
  want.offset = offset;
  want.length = length;
  want.follower = number_;
  want.marker = marker_;
  want.key = key_;
  return want;
}

// A full queue is no error: whoever waits asks again.
void Follower::Send(const Want& want) {
  const std::string datagram = EncodeWant(want);
  const ssize_t sent =
      send(link_.want_fd, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) link_.shared->counters.workers.wants_unsent.Add();
}

// What customers ask for stays in the cache. A minute is fine enough to tell it from the rest.
void Follower::ShowUse(const CacheReader& reader) {
  if (!reader.complete() || std::time(nullptr) - reader.last_used() <= kTouchAfterSeconds) return;
  Send(MakeWant(WantKind::kTouch, 0, 0));
}

void Follower::Announce(const CacheReader& reader, uint64_t offset, uint64_t length) {
  if (reader.complete()) return;
  if (number_ == 0) number_ = NextNumber();
  Send(MakeWant(WantKind::kBytes, offset, length));
}

void Follower::ReadAhead(const CacheReader& reader, uint64_t offset, uint64_t length) {
  const uint64_t size = reader.header().size;
  if (reader.complete() || offset < kBlockBytes || offset >= size) return;
  if (length >= size - offset) return;
  const auto is_there = [&reader](uint64_t from, uint64_t bytes) {
    const Result<uint64_t> filled = reader.FilledFrom(from);
    return filled.ok() && *filled >= bytes;
  };
  if (!is_there(offset / kBlockBytes * kBlockBytes - kBlockBytes, kBlockBytes)) return;
  const uint64_t end = RoundUp(offset + length, kBlockBytes);
  if (end >= size) return;
  const uint64_t ahead = std::min(std::clamp(2 * length, kLeastAhead, kMostAhead), size - end);
  if (is_there(end, ahead / 2)) return;
  // Nobody's, so that it does not end with this request.
  Want want = MakeWant(WantKind::kBytes, end, ahead);
  want.follower = 0;
  Send(want);
}

Lookup Follower::Describe(const CacheReader& reader) const {
  if (reader.is_open() && reader.complete()) return Lookup::kHit;
  if (link_.shared->bells.IsFilling(bell_)) return Lookup::kJoined;
  if (!reader.is_open()) return Lookup::kMiss;
  const Result<uint64_t> filled = reader.FilledBytes();
  return filled.ok() && *filled > 0 ? Lookup::kPartial : Lookup::kMiss;
}

Status Follower::OpenNewest(CacheReader& reader) const {
  Status status(Code::kNotFound, "not looked for yet");
  // What is in memory is newer than what a full or failing disk may still have.
  if (link_.shared->spills.IsNoted(store_.id)) {
    const std::string spilled = store_.spill_dir + "/" + id_.RelativePath();
    status = reader.Open(spilled.c_str(), store_.identity, key_);
  }
  passes_ = status.ok();
  if (!status.ok()) {
    const std::string path = store_.cache_dir + "/" + id_.RelativePath();
    status = reader.Open(path.c_str(), store_.identity, key_);
  }
  return status;
}

Status Follower::Look(WantKind kind, uint64_t offset, CacheReader& reader) const {
  if (Status status = OpenNewest(reader); !status.ok()) return status;
  if (reader.marker() != marker_) return Status(Code::kBusy, "not confirmed yet");
  if (kind == WantKind::kInfo || reader.complete()) return Status::Ok();
  if (offset >= reader.header().size) return Status::Ok();
  const Result<uint64_t> filled = reader.FilledFrom(offset);
  if (!filled.ok()) return filled.status();
  return *filled > 0 ? Status::Ok() : Status(Code::kBusy, "not there yet");
}

Status Follower::Open(WantKind kind, uint64_t offset, uint64_t length, CacheReader& reader,
                      Lookup& lookup) {
  lookup = Lookup::kMiss;
  if (key_.size() > kMaxKeyBytes) {
    return Status::Invalid("with AudioOrigin's prefix its key has " + std::to_string(key_.size()) +
                           " bytes, and S3 allows no more than 1024");
  }
  Status status = Look(kind, offset, reader);
  lookup = Describe(reader);
  if (status.ok()) {
    ShowUse(reader);
    if (passes_) lookup = Lookup::kPass;
    return status;
  }
  const Want want = MakeWant(kind, offset, length);
  status = OpenWaiting(want, reader);
  // The file on disk was of a generation that is gone; what comes now is the new one.
  if (status.code() == Code::kChanged) status = OpenWaiting(want, reader);
  if (status.ok() && passes_) lookup = Lookup::kPass;
  return status;
}

Status Follower::OpenWaiting(const Want& want, CacheReader& reader) {
  BeginWait(want);
  wait_->began = SteadyMillis();
  const OccupiedWorker occupied(link_);
  for (;;) {
    const Result<bool> opened = OpenTurn(reader, kLongestNap);
    if (!opened.ok()) return opened.status();
    if (*opened) return Status::Ok();
  }
}

Result<bool> Follower::OpenTurn(CacheReader& reader, milliseconds nap) {
  const uint32_t seen = Peek();
  const Want& want = wait_->want;
  // The kind that was asked for: one for bytes may have become one for a look at the origin.
  const WantKind kind = wait_->kind;
  const Status look = Look(kind, want.offset, reader);
  if (look.ok()) {
    wait_.reset();
    return true;
  }
  const bool stale = reader.is_open() && reader.marker() != marker_;
  const WantKind next = stale ? WantKind::kVerify : kind;
  if (next != want.kind) wait_->sent.reset();
  wait_->want.kind = next;
  const Status pause = wait_->began && IsCrowdedOut(*wait_->began)
                           ? Status(Code::kBusy, "too many requests wait for the origin")
                           : Pause(seen, nap);
  if (pause.ok()) return false;
  wait_.reset();
  // A complete copy that the origin cannot confirm right now is still the newest there is.
  if (stale && reader.complete() && IsTrouble(pause.code())) return true;
  return pause;
}

Result<bool> Follower::OpenIn(milliseconds at_most, const ByteRange& bytes, CacheReader& reader,
                              Lookup& lookup) {
  const auto until = SteadyClock::now() + at_most;
  const Want want = MakeWant(WantKind::kBytes, bytes.offset, bytes.length);
  if (!wait_) {
    const Status status = Look(want.kind, want.offset, reader);
    lookup = status.ok() && passes_ ? Lookup::kPass : Describe(reader);
    if (status.ok()) {
      ShowUse(reader);
      return true;
    }
    BeginWait(want);
  }
  const OccupiedWorker occupied(link_);
  for (;;) {
    const bool changed = wait_->changed;
    const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now());
    Result<bool> opened = OpenTurn(reader, std::clamp(left, milliseconds(0), kLongestNap));
    if (opened.ok() && *opened && passes_) lookup = Lookup::kPass;
    // As in Open(): what comes now is the new generation.
    if (opened.status().code() == Code::kChanged && !changed) {
      BeginWait(want);
      wait_->changed = true;
      opened = false;
    }
    if (!opened.ok() || *opened || left <= milliseconds(0)) return opened;
  }
}

Lookup Follower::Foresee(const ByteRange& bytes) {
  CacheReader reader;
  const bool is_there = Look(WantKind::kBytes, bytes.offset, reader).ok();
  const Lookup lookup = Describe(reader);
  if (is_there) {
    Announce(reader, bytes.offset, bytes.length);
    return lookup;
  }
  const bool stale = reader.is_open() && reader.marker() != marker_;
  if (number_ == 0) number_ = NextNumber();
  Send(MakeWant(stale ? WantKind::kVerify : WantKind::kBytes, bytes.offset, bytes.length));
  return lookup;
}

// Half of a process's workers may wait for as long as it takes. The others must stay free for hits:
// they wait a moment, and not at all once that has been in vain.
bool Follower::IsCrowdedOut(int64_t began) const {
  if (link_.MayWait()) return false;
  const int64_t now = SteadyMillis();
  if (now < link_.stuck_until.load()) return true;
  if (now - began < kCrowdPatience.count()) return false;
  link_.stuck_until = now + kStuckFor.count();
  return true;
}

Result<uint64_t> Follower::Await(CacheReader& reader, uint64_t offset, uint64_t length,
                                 milliseconds at_most) {
  const auto until = SteadyClock::now() + at_most;
  const OccupiedWorker occupied(link_);
  for (;;) {
    const uint32_t seen = Peek();
    Result<uint64_t> filled = reader.FilledFrom(offset);
    if (!filled.ok() || *filled > 0) {
      wait_.reset();
      return filled;
    }
    if (Status status = reader.Refresh(); !status.ok()) return status;
    if (!Waits(offset)) BeginWait(MakeWant(WantKind::kBytes, offset, length));
    const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now());
    if (Status status = Pause(seen, std::clamp(left, milliseconds(0), kLongestNap)); !status.ok()) {
      return status;
    }
    if (left <= milliseconds(0)) return uint64_t{0};
  }
}

Result<uint64_t> Follower::WaitFor(CacheReader& reader, uint64_t offset, uint64_t length) {
  for (;;) {
    const Result<uint64_t> filled = Await(reader, offset, length, kLongestNap);
    if (!filled.ok() || *filled > 0) return filled;
  }
}

bool Follower::Rejoin(CacheReader& reader) const {
  CacheReader newest;
  if (!OpenNewest(newest).ok()) return false;
  const ObjectHeader& there = newest.header();
  const ObjectHeader& here = reader.header();
  return there.etag == here.etag && there.size == here.size && reader.GoOnIn(newest).ok();
}

bool Follower::Waits(uint64_t offset) const { return wait_ && wait_->want.offset == offset; }

void Follower::BeginWait(const Want& want) {
  if (number_ == 0) number_ = NextNumber();
  Wait wait;
  wait.want = want;
  wait.kind = want.kind;
  wait.want.follower = number_;
  wait.first_seen = wait.last_seen = Peek();
  wait.want.since = wait.first_seen;
  wait.last_attempts = link_.shared->bells.LastAttempts(bell_);
  const auto now = SteadyClock::now();
  wait.deadline = now + store_.origin_timeout;
  wait.give_up = now + store_.origin_timeout * kMaxPatience;
  wait.counted = Waiting(link_.shared->counters.processes);
  wait_ = std::move(wait);
}

Status Follower::Pause(uint32_t seen, milliseconds nap) {
  const Doorbells& bells = link_.shared->bells;
  if (const auto code = bells.ErrorSince(bell_, wait_->first_seen)) {
    if (!StartsAnew(*code)) return MeaningOf(*code);
  }
  if (link_.stopping.load()) return Status(Code::kUnreachable, "the server is stopping");
  if (has_gone_ && has_gone_()) return Status(Code::kUnreachable, "the client has gone");
  const auto now = SteadyClock::now();
  // Every ring is progress, of this object most likely.
  if (std::exchange(wait_->last_seen, seen) != seen) wait_->deadline = now + store_.origin_timeout;
  const auto end = std::min(wait_->deadline, wait_->give_up);
  if (now >= end) {
    return Status(Code::kUnreachable, "nothing came from the origin within AudioOriginTimeout");
  }
  SendIfDue(now);
  const auto left = std::chrono::ceil<milliseconds>(end - now);
  if (nap > milliseconds(0)) bells.Wait(bell_, seen, std::min(left, nap));
  return Status::Ok();
}

// Whoever came when the last of others' attempts had begun already gets attempts of their own,
// once: the origin may have recovered since.
bool Follower::StartsAnew(Code code) {
  const bool came_late = link_.shared->bells.HadBegun(bell_, wait_->last_attempts);
  if (wait_->anew || !came_late || !(code == Code::kUnreachable || code == Code::kThrottled)) {
    return false;
  }
  wait_->anew = true;
  wait_->first_seen = Peek();
  wait_->want.since = wait_->first_seen;
  wait_->sent.reset();
  return true;
}

void Follower::SendIfDue(SteadyClock::time_point now) {
  const uint32_t epoch = link_.shared->fetcher_epoch.load();
  if (wait_->sent && epoch == wait_->epoch && now - *wait_->sent < kResendAfter) return;
  Send(wait_->want);
  wait_->sent = now;
  wait_->epoch = epoch;
}

}  // namespace audiodl
