// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A download link that needs no cookie, for podcast apps, download managers and mails:
//
//   https://www.example.org/download/fantasy/dune/01.mp3?alc=42&alx=1796083200&alk=k2&als=SIGNATURE
//
// alc is the customer, alx the second since 1970 from which on the link is void, alk the key, als
// the HMAC-SHA-256, in base64url without padding, of these lines joined by single newlines:
//
//   audiodl-link-1 / KEYID / CUSTOMER / BOOK / EXPIRY
//
// in which CUSTOMER and BOOK are the bytes themselves, not percent-encoded. Neither may hold a
// control character, so no two different links have the same text. A link is for all chunks of its
// book, and for GET and HEAD alike. Nothing but what the maker writes is accepted: each parameter
// once and percent-encoded as RFC 3986 has it, in capitals and only where needed. Other parameters
// may stand beside ours, in any order: apps and trackers add their own.
//
// A link may be for one device, whose name is in ald ("phone"), so that it can be revoked without
// the others. It is for what the customer owns: whoever lets it in asks whether the book still is
// the customer's. Its text is
//
//   audiodl-link-2 / KEYID / CUSTOMER / BOOK / EXPIRY / DEVICE
//
// With an empty BOOK it is for the customer's library, which is the feed of all their books, and
// for no chunk; such a link always has a device.
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_LINK_SIGNED_LINK_H_
#define AUDIODL_COMMON_LINK_SIGNED_LINK_H_

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/link/link_key_set.h"

namespace audiodl {

struct LinkClaims {
  std::string customer;
  std::string book;  // empty: the library
  std::chrono::sys_seconds expires;
  std::string device{};  // empty: none
};

// 1 to 64 bytes of UTF-8 without control characters.
bool IsDeviceName(std::string_view text);

// "alc=42&alx=1796083200&alk=k2&als=...". kInvalid where the customer is no customer's name, the
// book could be no book, the device is no device's name, or the expiry is not between the years
// 1970 and 2255.
Result<std::string> MakeLinkQuery(const LinkClaims& claims, const LinkKey& key);

enum class LinkVerdict : unsigned char {
  kAbsent,   // the query has none of our parameters
  kGood,     // `customer` may have the book
  kExpired,  // it was good: its time, or its key's, is over
  kInvalid,  // altered, made for another book, cut, written in another way, or never ours
};

struct LinkCheck {
  LinkVerdict verdict = LinkVerdict::kAbsent;
  std::string customer;  // who the link was made for, where the signature is good; else empty
  std::string why;       // for the log, where the verdict is neither kAbsent nor kGood; no secret
  // Where the verdict is kGood:
  std::string device{};  // empty: the link is for any
  std::chrono::sys_seconds expires{};
  const LinkKey* key = nullptr;  // that signed it; one of `keys`
};

// Judges the query of a request (what follows '?') for `book` or a chunk of it; for the library
// where `book` is empty. The time it takes does not depend on how much of a signature is right.
LinkCheck CheckLink(std::string_view query, std::string_view book, const LinkKeySet& keys,
                    std::chrono::sys_seconds now);

// The query without what belongs to a link, for URLs that are shown or handed on.
std::string WithoutLink(std::string_view query);

// What belongs to a link and nothing else, as it was written, for URLs that the same link opens.
std::string LinkAlone(std::string_view query);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LINK_SIGNED_LINK_H_
