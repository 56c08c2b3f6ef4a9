// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// May the session of this request hear this chunk? One answer from what is remembered on the
// connection, in the decision cache, and in the database, in that order; common/entitlement/
// decision_rules.h says which of them counts when.
//
// Of all requests on the server that find the same decision missing one asks. With
// AudioSessionEntitlementQuery that costs one round trip, else two.

#ifndef AUDIODL_MOD_AUDIODL_DECISION_H_
#define AUDIODL_MOD_AUDIODL_DECISION_H_

#include <httpd.h>

#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

struct Decision {
  enum class Outcome : unsigned char {
    kAllowed,
    kRefused,    // the customer has no right to the book, or it was revoked
    kNoSession,  // nobody is logged in
    kTrouble,    // it could not be found out
  };

  Outcome outcome = Outcome::kTrouble;
  const char* customer = nullptr;  // as long as the request; null where nobody is known
  // Session and right were both seen within AudioDecisionTTL: no grant that only goes on.
  bool proved_lately = false;
};

// As Decide(), but once for each request: whoever asks first decides. Lives as long as the request.
const Decision& DecisionFor(request_rec* r, const ChunkName& chunk);

// Never throws away a session that is good: in trouble the customer is told where it is known. For
// the zip of a book, where a statement looks at the chunk, every part that is listed is asked for.
Decision Decide(request_rec* r, const ChunkName& chunk);

// May that customer hear it, whoever asks? As Decide(), but with no session: the right alone is
// asked for and remembered. Never kNoSession. REQUIRES: there is an AudioEntitlementQuery.
Decision DecideFor(request_rec* r, const std::string& customer, const ChunkName& chunk);

// The customer, where the connection's last permission holds for this request too
// (decision_memo.h), which then is decided; else null.
const char* RecallCustomer(request_rec* r, const ChunkName& chunk);

// Whose session it is, without any book: for URLs that are no chunk's. Nothing: nobody is logged
// in.
Result<std::optional<std::string>> FindCustomer(request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DECISION_H_
