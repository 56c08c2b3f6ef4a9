// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An origin whose outcomes are noted, for whoever wants to know how it is; and the question that is
// asked when nobody has asked it anything for a while: is there one of the chunks that are for
// sale?
//
//   WatchedOrigin watched(client, board.OriginOf(store.id));
//   OriginProbe probe(watched, store);
//   probe.Turn(now, board.AskedLately(now));     // again and again
//
// One thread, the fetcher's.

#ifndef AUDIODL_COMMON_FETCH_WATCHED_ORIGIN_H_
#define AUDIODL_COMMON_FETCH_WATCHED_ORIGIN_H_

#include <chrono>
#include <memory>
#include <optional>

#include "common/calls/breaker.h"
#include "common/fetch/origin_client.h"
#include "common/fetch/store.h"

namespace audiodl {

// Passes everything on as it is.
class WatchedOrigin : public OriginClient {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Both are borrowed; with `outcome` null nothing is noted.
  WatchedOrigin(OriginClient& origin, Breaker* outcome) : origin_(origin), outcome_(outcome) {}

  std::unique_ptr<OriginRead> Start(const ReadRequest& request, ReadSink& sink) override;

  // When an outcome was noted last, and whether it was a good one; none: never.
  std::optional<Time> noted_at() const { return noted_at_; }
  bool answered() const { return answered_; }

 private:
  class Read;

  void NoteAnswer();
  void NoteEnd(const Status& status, bool had_head);

  OriginClient& origin_;
  Breaker* const outcome_;
  std::optional<Time> noted_at_;
  bool answered_ = false;
};

class OriginProbe {
 public:
  // An outcome that is older than that is asked for anew: a bad one soon, so that an outage is
  // known for one, and its end.
  static constexpr std::chrono::seconds kAge{5};
  static constexpr std::chrono::seconds kAgeOfBad{2};

  // Borrows both.
  OriginProbe(WatchedOrigin& origin, const StoreConfig& store);
  ~OriginProbe();
  OriginProbe(const OriginProbe&) = delete;
  OriginProbe& operator=(const OriginProbe&) = delete;

  // Begins a HEAD where one is due and `wanted`. Nothing is asked where nothing is for sale.
  void Turn(WatchedOrigin::Time now, bool wanted);

 private:
  class Sink;

  WatchedOrigin& origin_;
  const StoreConfig& store_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<OriginRead> read_;  // null: none is under way
  WatchedOrigin::Time began_{};
  size_t next_ = 0;  // which of the listing's chunks: one that the origin lacks proves nothing
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_WATCHED_ORIGIN_H_
