// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/verdict.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Fate = LineFacts::Fate;

LineFacts Line(Fate fate, uint64_t acked) {
  LineFacts facts;
  facts.fate = fate;
  facts.acked = acked;
  facts.sent = facts.written = facts.handed_on = 1000;
  facts.segment = 10;
  facts.requests = 1;
  return facts;
}

// A response that ended at 1000.
const ResponseEnd kEnd = {.position = 1000, .requests = 1, .aborted = false};
const LineTimes kNow;
const LineTimes kLater = {.since_acked = kClientPatience, .since_moved = kLinePatience};

TEST_CASE("Judge: who has all of it, and who may not have") {
  struct Row {
    const char* what;
    Fate fate;
    uint64_t acked;
    LineTimes times;
    Verdict verdict;
  };
  const Row rows[] = {
      {"acknowledged, and still there", Fate::kOpen, 1000, kNow, Verdict::kWait},
      {"acknowledged long ago", Fate::kOpen, 1000, kLater, Verdict::kWhole},
      {"under way", Fate::kOpen, 999, kNow, Verdict::kWait},
      {"dead", Fate::kOpen, 999, kLater, Verdict::kCut},
      {"closed when it had all", Fate::kClientClosed, 1000, kNow, Verdict::kWhole},
      {"closed, perhaps one side only", Fate::kClientClosed, 999, kNow, Verdict::kWait},
      {"closed and dead", Fate::kClientClosed, 999, kLater, Verdict::kCut},
      {"reset", Fate::kReset, 1000, kLater, Verdict::kCut},
      {"given up when it had all", Fate::kGivenUp, 1000, kNow, Verdict::kWhole},
      {"given up", Fate::kGivenUp, 999, kNow, Verdict::kCut},
      {"a kernel that does not tell", Fate::kUnknown, 0, kNow, Verdict::kWhole},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(Judge(kEnd, Line(row.fate, row.acked), row.times) == row.verdict);
  }
}

TEST_CASE("Judge: who asks for more has read what it has") {
  LineFacts line = Line(Fate::kOpen, 1000);
  line.requests = 2;
  CHECK(Judge(kEnd, line, kNow) == Verdict::kWhole);
  line.fate = Fate::kReset;
  CHECK(Judge(kEnd, line, kNow) == Verdict::kWhole);
  line.acked = 999;
  CHECK(Judge(kEnd, line, kNow) == Verdict::kCut);
}

TEST_CASE("Judge: a reset after words of farewell says little") {
  LineFacts line = Line(Fate::kReset, 1000);
  line.handed_on = 1024;
  CHECK(Judge(kEnd, line, kNow) == Verdict::kWhole);
  // The acknowledgement of two segments may be owed, not more.
  line.acked = 980;
  CHECK(Judge(kEnd, line, kNow) == Verdict::kWhole);
  line.acked = 979;
  CHECK(Judge(kEnd, line, kNow) == Verdict::kCut);
  // What the kernel still held has not arrived.
  line.acked = 990;
  line.sent = 999;
  CHECK(Judge(kEnd, line, kNow) == Verdict::kCut);
}

TEST_CASE("Judge: what httpd did not hand on has not arrived") {
  ResponseEnd end = kEnd;
  end.position = SentMap::kNotYet;
  for (const Fate fate :
       {Fate::kOpen, Fate::kClientClosed, Fate::kReset, Fate::kGivenUp, Fate::kUnknown}) {
    CHECK(Judge(end, Line(fate, 1000), kLater) == Verdict::kCut);
  }
  end = kEnd;
  end.aborted = true;
  CHECK(Judge(end, Line(Fate::kUnknown, 0), kNow) == Verdict::kCut);
}

}  // namespace
}  // namespace audiodl
