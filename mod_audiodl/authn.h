// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AuthType AudioSession: the customer is whoever the shop's own PHP session says.
//
//   Cookie -> session id -> AudioSessionQuery -> PHP session -> AudioCustomerKey -> r->user
//
// Where Require audio-entitled stands over the request, the session and the right are found out
// together (decision.h): from what is remembered, or by one question.
//
// No session: 401. A database that does not answer: 503.

#ifndef AUDIODL_MOD_AUDIODL_AUTHN_H_
#define AUDIODL_MOD_AUDIODL_AUTHN_H_

#include <httpd.h>

namespace audiodl {

inline constexpr char kAuthType[] = "AudioSession";

void RegisterAuthn(apr_pool_t* pool);

// Whether AuthType AudioSession applies to the request.
bool UsesAudioSession(request_rec* r);

// Makes `customer` the user of the request. REQUIRES: it lives as long as the request.
void AcceptCustomer(request_rec* r, const char* customer);

// The customer that this module authenticated; null where nobody was, or where another module has
// changed r->user since.
const char* AuthenticatedCustomer(request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_AUTHN_H_
