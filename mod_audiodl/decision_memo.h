// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The last permission that was given on a connection. A player that asks for one range after
// another sends the same cookie for the same book each time: what was found out for the last range
// holds for the next one, until the decision is stale, the entitlement ends, or anything is
// revoked. It costs comparing the cookie and the book: no lock, no allocation, no system call.
//
// Lives in the connection's pool; one thread at a time, as the connection itself. (An HTTP/2 stream
// is a connection of its own here and finds none.)

#ifndef AUDIODL_MOD_AUDIODL_DECISION_MEMO_H_
#define AUDIODL_MOD_AUDIODL_DECISION_MEMO_H_

#include <httpd.h>

#include <cstdint>
#include <string_view>

#include "common/entitlement/decision_record.h"

namespace audiodl {

class DecisionMemo {
 public:
  // What a permission was given for.
  struct Question {
    std::string_view cookies;  // the whole header
    std::string_view item;     // the book, or the path
  };

  // The memo of the connection of `r`, or null where there is none yet.
  static DecisionMemo* Of(request_rec* r);
  static DecisionMemo& Make(request_rec* r);

  // The customer, where the last permission holds for this question too; else null.
  const char* CustomerFor(request_rec* r, const Question& question) const;

  // Remembers until `good_until`. `epoch` is that of the revocations, read before they were looked
  // through. What is too long to be kept is not.
  void Remember(request_rec* r, const Question& question, std::string_view customer,
                UnixMicros good_until, uint64_t epoch);

 private:
  static constexpr size_t kMaxCookies = 1024;
  static constexpr size_t kMaxItem = 900;

  const server_rec* server_ = nullptr;
  UnixMicros good_until_ = 0;
  uint64_t epoch_ = 0;
  uint16_t cookies_size_ = 0;
  uint16_t item_size_ = 0;
  char customer_[256];
  char cookies_[kMaxCookies];
  char item_[kMaxItem];
};

// The epoch of the virtual host's revocations; 0 where there are none to look at.
uint64_t RevocationEpoch(const server_rec* server);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DECISION_MEMO_H_
