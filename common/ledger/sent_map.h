// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where the bytes of one object lie in what a connection carries, so that "the client's TCP has
// acknowledged so much" can be turned into "it has these bytes of the object".
//
// A response is planned as stretches: bytes of the object that follow each other both in the object
// and in the response. A position counts the bytes that the connection (or the HTTP/2 stream) has
// carried since it began. A stretch's positions become known when it passes the last filter before
// the network.
//
//   GET, bytes=10-19,50-59 of a connection that has carried 1000 bytes before:
//     1000 head 1300 [10,20) 1310 boundary 1400 [50,60) 1410 boundary
//   Given(acked 1305, written 1410) = 10-15~20,50-50~60
//
// A value; one thread at a time.

#ifndef AUDIODL_COMMON_LEDGER_SENT_MAP_H_
#define AUDIODL_COMMON_LEDGER_SENT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "common/ledger/delivered_parts.h"

namespace audiodl {

class SentMap {
 public:
  enum class Grain : unsigned char {
    kByte,     // one byte of the object is one of the connection
    kStretch,  // the bytes are encrypted in between: a stretch has arrived as a whole, or it is not
               // known how much of it has
  };
  static constexpr uint64_t kNotYet = std::numeric_limits<uint64_t>::max();

  explicit SentMap(Grain grain) : grain_(grain) {}

  // A new stretch that begins at `first` and has no bytes yet. Returns its number.
  size_t Begin(uint64_t first);
  // The last stretch goes on up to `end`.
  void Extend(uint64_t end) { stretches_.back().end = end; }
  const uint64_t& last_first() const { return stretches_.back().first; }
  const uint64_t& last_end() const { return stretches_.back().end; }

  // The stretch's first byte is the connection's next one; it has passed as a whole. Where the
  // first was not told a stretch begins where the one before it ended.
  void Began(size_t stretch, uint64_t position) { stretches_[stretch].begins_at = position; }
  void Ended(size_t stretch, uint64_t position) { stretches_[stretch].ends_at = position; }

  bool empty() const { return stretches_.empty(); }
  // Whether any of it has been told to have begun.
  bool has_begun() const { return !stretches_.empty() && stretches_[0].begins_at != kNotYet; }
  // Where the last stretch ended; kNotYet as long as any has not passed as a whole, and where there
  // is none.
  uint64_t end_position() const;

  // Everything that was planned, as delivered.
  DeliveredParts Whole() const;

  // What a client has that has acknowledged so much of the connection, of which so much was
  // written. It did not tell whether it got the end: so the last byte is not among it, nor in
  // doubt. `ahead` is how much more than was written may have been by now.
  DeliveredParts Given(uint64_t acked, uint64_t written, uint64_t ahead = 0) const;

 private:
  struct Stretch {
    uint64_t first = 0;
    uint64_t end = 0;
    uint64_t begins_at = kNotYet;
    uint64_t ends_at = kNotYet;
  };

  std::vector<DeliveredPart> GivenStretches(uint64_t acked, uint64_t written, uint64_t ahead) const;
  void EndTailBeforeOthers(DeliveredPart& part, uint64_t end_of_run) const;
  // How much of it lies before that position. `in_doubt` is for where only the whole is known.
  uint64_t Before(const Stretch& stretch, uint64_t position, uint64_t in_doubt) const;

  Grain grain_;
  std::vector<Stretch> stretches_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_SENT_MAP_H_
