// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Require audio-link: the URL carries a signed link for this book, so that a podcast app or a
// download manager needs no cookie. Beside audio-entitled it stands in RequireAny:
//
//   <RequireAny>
//       Require audio-entitled
//       Require audio-link
//   </RequireAny>
//
// A good link lets the request through before any authentication: no session, no SQL, no cookie.
// The customer whom it was made for becomes r->user. A bad link takes nothing away: whoever has a
// session besides is let in by it; who has none is told 403, not asked to log in. The keys are
// those of AudioLinkKeys, which the parent reads at each start, before it drops its privileges.
//
// A link with a device is let in only while the book is the customer's: AudioEntitlementQuery is
// asked, and remembered as for sessions. Where there is none the link alone decides.

#ifndef AUDIODL_MOD_AUDIODL_LINK_AUTHZ_H_
#define AUDIODL_MOD_AUDIODL_LINK_AUTHZ_H_

#include <httpd.h>

#include <chrono>
#include <string>

#include "common/answer/cause.h"
#include "common/link/link_key_set.h"

namespace audiodl {

void RegisterLinkAuthz(apr_pool_t* pool);

// What Require audio-link found out about a request.
struct LinkFinding {
  bool good = false;
  bool absent = true;  // the address carries no link
  // Where it is not good:
  Cause cause = Cause::kLinkInvalid;
  std::string detail = "the address carries no link";
  // Whom the link was made for, where the signature is good; else empty.
  std::string customer;
  // Where it is good:
  std::string device;  // empty: the link is for any
  std::chrono::sys_seconds expires{};
  const LinkKey* key = nullptr;  // as long as the configuration
};

// By which link the request was let in; null where it was not a link that did it.
const LinkFinding* AdmittingLink(request_rec* r);

// Whether Require audio-link was asked about this request and found a link that is not good.
bool BroughtBadLink(request_rec* r);

// Tells the client about it. REQUIRES: BroughtBadLink(r).
int AnswerBadLink(request_rec* r);

// For who has no session that counts: about the link where there is a bad one, because another link
// helps, and not a login; else about the session, with the reason that was noted.
int AnswerStranger(request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LINK_AUTHZ_H_
