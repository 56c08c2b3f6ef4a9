// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a row of the entitlement statement says: the verdict, and if the shop likes when the right
// ends and whether it was revoked. Pure; any thread.
//
//   SELECT 1                                             -> granted, without an end
//   SELECT 1, UNIX_TIMESTAMP(paid_until), refunded       -> granted until then, unless refunded

#ifndef AUDIODL_COMMON_ENTITLEMENT_ENTITLEMENT_ANSWER_H_
#define AUDIODL_COMMON_ENTITLEMENT_ENTITLEMENT_ANSWER_H_

#include <optional>
#include <span>
#include <string>

#include "common/base/status.h"
#include "common/entitlement/decision_record.h"

namespace audiodl {

struct EntitlementAnswer {
  bool granted = false;
  UnixMicros expires = kNeverExpires;

  // `columns`: verdict, expiry, revoked; the last two may be missing. Granted are a verdict that is
  // not NULL, empty or "0" and a revocation that is. Expiry is in seconds since 1970, NULL or empty
  // where there is no end. kInvalid for any other expiry: a right whose end nobody can tell is no
  // right. The text does not repeat the value.
  static Result<EntitlementAnswer> FromColumns(std::span<const std::optional<std::string>> columns);

  bool HoldsAt(UnixMicros now) const { return granted && now < expires; }
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_ENTITLEMENT_ANSWER_H_
