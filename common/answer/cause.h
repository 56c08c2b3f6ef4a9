// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Why a request for a chunk was not served, in one table: what the client is told, what the log
// calls it, and what `audiodl why` says about it. Module and command both go by it.
//
//   InfoOf(Cause::kLinkExpired).status    403
//   FindCause("link-expired")             the same row
//
// Immutable; any thread.

#ifndef AUDIODL_COMMON_ANSWER_CAUSE_H_
#define AUDIODL_COMMON_ANSWER_CAUSE_H_

#include <span>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

enum class Cause : unsigned char {
  kNoSession,
  kSessionUnreadable,
  kNotEntitled,
  kRevoked,
  kLinkExpired,
  kLinkInvalid,
  kOtherRule,
  kNotListed,
  kOriginMissing,
  kOriginForbidden,
  kOriginThrottled,
  kOriginUnreachable,
  kOriginArchived,
  kOriginChanged,
  kOriginDamaged,
  kNoZip,
  kManifestOutdated,
  kCacheTrouble,
  kListingUnreadable,
  kTooBusy,
  kTooManyStreams,
  kDatabaseDown,
  kConfig,
};

// Whose move it is, which decides how loudly the log says it.
enum class Fault : unsigned char { kCustomer, kShop };

struct CauseInfo {
  Cause cause;
  Fault fault;
  int status;             // of HTTP
  int retry_after;        // seconds; 0: no such header
  std::string_view name;  // in the log: "not-entitled"
  // What the page says: a heading and a sentence or two. The same for causes that a client must not
  // be able to tell apart; nothing of how the shop works inside.
  std::string_view title;
  std::string_view advice;
  // For the shop's support: what happened, and what to do about it.
  std::string_view meaning;
  std::string_view next_step;
};

// All rows, in the order of the enumeration.
std::span<const CauseInfo> AllCauses();

const CauseInfo& InfoOf(Cause cause);

// The row of that name; null for any other text.
const CauseInfo* FindCause(std::string_view name);

// Why a chunk that is listed could not be opened. REQUIRES: code != kOk.
Cause CauseOfOrigin(Code code);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ANSWER_CAUSE_H_
