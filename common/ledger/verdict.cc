// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/verdict.h"

namespace audiodl {

namespace {

// A receiver may owe the acknowledgement of two segments (RFC 5681 section 4.2), and a reset does
// not bring it.
bool MayBeAcked(uint64_t position, const LineFacts& line) {
  return position <= line.sent && position <= line.acked + 2 * line.segment;
}

}  // namespace

Verdict Judge(const ResponseEnd& end, const LineFacts& line, const LineTimes& times) {
  using Fate = LineFacts::Fate;
  if (end.position == SentMap::kNotYet) return Verdict::kCut;
  if (line.fate == Fate::kUnknown) return end.aborted ? Verdict::kCut : Verdict::kWhole;
  const bool acked = line.acked >= end.position;
  // Nobody asks for more before the answer is read.
  if (acked && line.requests > end.requests) return Verdict::kWhole;
  switch (line.fate) {
    case Fate::kReset:
      return line.handed_on > end.position && MayBeAcked(end.position, line) ? Verdict::kWhole
                                                                             : Verdict::kCut;
    case Fate::kGivenUp:
      return acked ? Verdict::kWhole : Verdict::kCut;
    case Fate::kClientClosed:
      if (acked) return Verdict::kWhole;
      break;  // it may have closed its sending side only
    case Fate::kOpen:
      if (acked) return times.since_acked >= kClientPatience ? Verdict::kWhole : Verdict::kWait;
      break;
    case Fate::kUnknown:
      break;
  }
  return times.since_moved >= kLinePatience ? Verdict::kCut : Verdict::kWait;
}

}  // namespace audiodl
