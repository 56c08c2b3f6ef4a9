// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/decision_rules.h"

#include <algorithm>
#include <utility>

namespace audiodl {

DecisionRules::Standing DecisionRules::StandingOf(const std::optional<DecisionRecord>& record,
                                                  UnixMicros now) const {
  if (!record || now >= record->fresh_until) return Standing::kUndecided;
  // Further ahead than it can have been set: the clock was set back, or the directive was lowered.
  const UnixMicros ttl = Micros(record->entitled ? ttl_.positive : ttl_.negative);
  if (record->fresh_until - now > ttl) return Standing::kUndecided;
  if (!record->entitled) return Standing::kRefused;
  return now < record->expires ? Standing::kAllowed : Standing::kUndecided;
}

bool DecisionRules::GrantHolds(const std::optional<DecisionRecord>& record, UnixMicros now) const {
  return record && record->entitled && now < record->expires && now >= record->proved_at &&
         now - record->proved_at < Micros(grant_);
}

DecisionRecord DecisionRules::Entitled(std::string customer, UnixMicros expires,
                                       UnixMicros now) const {
  return {true, std::move(customer), now + Micros(ttl_.positive), now, expires};
}

DecisionRecord DecisionRules::Refused(std::string customer, UnixMicros now) const {
  return {false, std::move(customer), now + Micros(ttl_.negative), 0, kNeverExpires};
}

DecisionRecord DecisionRules::Continued(const DecisionRecord& record, UnixMicros expires,
                                        UnixMicros now) const {
  DecisionRecord next = record;
  next.expires = expires;
  // Not beyond the grant: when that ends the session has to be there again.
  next.fresh_until = std::min(now + Micros(ttl_.positive), record.proved_at + Micros(grant_));
  return next;
}

DecisionRecord DecisionRules::Postponed(const DecisionRecord& record, UnixMicros now) const {
  DecisionRecord next = record;
  const UnixMicros pause = Micros(std::min(ttl_.negative, ttl_.positive));
  next.fresh_until = std::min(now + pause, record.proved_at + Micros(grant_));
  return next;
}

UnixMicros DecisionRules::KeepUntil(const DecisionRecord& record) const {
  if (!record.entitled) return record.fresh_until;
  return std::min(std::max(record.fresh_until, record.proved_at + Micros(grant_)), record.expires);
}

}  // namespace audiodl
