// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// When a remembered decision may be used, and what is remembered after the database was asked.
//
//   entitled, fresh          allowed, nobody is asked
//   refused, fresh           refused, nobody is asked
//   session and entitlement  remembered as entitled, proved now
//   session, not entitled    remembered as refused: that also ends a grant
//   session gone             a grant: whoever was proved within AudioGrantTTL goes on as the same
//                            customer, as long as the entitlement itself is still there
//   database away            a grant holds without being confirmed; it is asked again after the
//                            negative time, so that a database that hangs is not asked by every
//                            range of every download
//
// A grant is counted from the last time that session and entitlement were both seen to be good, and
// going on does not renew it. The end of the entitlement itself is a limit to all of this.
//
// Times are the server's own clock; where it was set back, what was remembered is not used.
// Immutable; any thread.

#ifndef AUDIODL_COMMON_ENTITLEMENT_DECISION_RULES_H_
#define AUDIODL_COMMON_ENTITLEMENT_DECISION_RULES_H_

#include <chrono>
#include <optional>
#include <string>

#include "common/entitlement/decision_record.h"

namespace audiodl {

// AudioDecisionTTL 60s [10s]
struct DecisionTtl {
  std::chrono::milliseconds positive = std::chrono::seconds(60);
  std::chrono::milliseconds negative = std::chrono::seconds(10);
};

class DecisionRules {
 public:
  enum class Standing : unsigned char { kAllowed, kRefused, kUndecided };

  DecisionRules() = default;
  DecisionRules(DecisionTtl ttl, std::chrono::milliseconds grant) : ttl_(ttl), grant_(grant) {}

  Standing StandingOf(const std::optional<DecisionRecord>& record, UnixMicros now) const;
  bool GrantHolds(const std::optional<DecisionRecord>& record, UnixMicros now) const;

  // What to remember.
  DecisionRecord Entitled(std::string customer, UnixMicros expires, UnixMicros now) const;
  DecisionRecord Refused(std::string customer, UnixMicros now) const;
  // REQUIRES: GrantHolds(record). Confirmed: the entitlement was seen to be there still.
  DecisionRecord Continued(const DecisionRecord& record, UnixMicros expires, UnixMicros now) const;
  // REQUIRES: GrantHolds(record). The database could not be asked.
  DecisionRecord Postponed(const DecisionRecord& record, UnixMicros now) const;

  // From when on the record is of no use to anybody.
  UnixMicros KeepUntil(const DecisionRecord& record) const;

 private:
  static UnixMicros Micros(std::chrono::milliseconds time) { return time.count() * 1000; }

  DecisionTtl ttl_;
  std::chrono::milliseconds grant_ = std::chrono::hours(24);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_DECISION_RULES_H_
