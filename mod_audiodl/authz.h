// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Require audio-entitled: the customer of the session has a right to the book (decision.h), or the
// book is free for everybody at the time (AudioFreeTitles), which needs no session and no database.
// It composes with other Require lines in RequireAny, RequireAll and
// RequireNone. The library, which is the address of no book, is every customer's where
// AudioBooksQuery says what is in it.
//
// What the client sees: 401 not logged in, 403 not entitled (whether or not the book exists), 503
// the database does not answer. Every doubt is a refusal.

#ifndef AUDIODL_MOD_AUDIODL_AUTHZ_H_
#define AUDIODL_MOD_AUDIODL_AUTHZ_H_

#include <httpd.h>

namespace audiodl {

void RegisterAuthz(apr_pool_t* pool);

// Keeps the response out of shared caches (RFC 9111, section 5.2.2.7), whatever its status will be.
// Done for every request that our provider let pass; for others it is the handler's to decide.
void MarkPrivate(request_rec* r);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_AUTHZ_H_
