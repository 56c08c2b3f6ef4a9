// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/cause.h"

#include <algorithm>
#include <cstddef>

namespace audiodl {
namespace {

constexpr std::string_view kLogIn = "Please log in";
constexpr std::string_view kLogInAdvice =
    "You are not logged in to the shop, or your session has ended. Log in and download again.";
constexpr std::string_view kNotYours = "Not in your library";
constexpr std::string_view kNotYoursAdvice =
    "This account may not download what you asked for. If you have bought it, write to the shop "
    "and name the code below.";
constexpr std::string_view kUnavailable = "Not available at the moment";
constexpr std::string_view kUnavailableAdvice =
    "The download works again soon, without anything for you to do. Please try again in a few "
    "minutes.";

constexpr CauseInfo kCauses[] = {
    {Cause::kNoSession, Fault::kCustomer, 401, 0, "no-session", kLogIn, kLogInAdvice,
     "The request brought no session of somebody who is logged in: no cookie, one that the shop "
     "does not know (any more), or a session in which nobody has logged in.",
     "Let the customer log in to the shop and download again in the same browser. Apps and "
     "download managers have no cookies: give them a signed link (audiodl sign). If it happens to "
     "everybody, compare AudioSessionCookie with session.name in php.ini, and AudioCustomerKey "
     "with what `audiodl decode-session` finds."},
    {Cause::kSessionUnreadable, Fault::kCustomer, 401, 0, "session-unreadable", kLogIn,
     kLogInAdvice,
     "The session exists, but is not written as AudioSessionFormat says, or is damaged, so nobody "
     "can be found in it.",
     "Try the session with `audiodl decode-session`; compare AudioSessionFormat with "
     "session.serialize_handler in php.ini. For one customer alone, logging out and in again makes "
     "a new session."},
    {Cause::kNotEntitled, Fault::kCustomer, 403, 0, "not-entitled", kNotYours, kNotYoursAdvice,
     "The customer is logged in, and the shop's database says that the book is not theirs.",
     "Look whether the customer bought it with another account, or whether the payment is still "
     "open. If the purchase is there, run AudioEntitlementQuery by hand with this customer and "
     "book: the book must be spelt as in the URL."},
    {Cause::kRevoked, Fault::kCustomer, 403, 0, "revoked", kNotYours, kNotYoursAdvice,
     "The customer's right to the book was taken back with `audiodl revoke`, as after a refund.",
     "If that was a mistake: `audiodl revoke --lift` ends it within seconds."},
    {Cause::kLinkExpired, Fault::kCustomer, 403, 0, "link-expired", "This link has ended",
     "Download links are good for a limited time. Get a new one from the shop.",
     "The signed link was good once: its time is over, or its key has been retired.",
     "Send the customer a new link (audiodl sign, or the shop's own page). If links end too early, "
     "sign them for longer, and keep an old key in AudioLinkKeys until its last link has ended."},
    {Cause::kLinkInvalid, Fault::kCustomer, 403, 0, "link-invalid", "This link does not work",
     "The link is incomplete or was changed on its way. Copy all of it once more, or get a new one "
     "from the shop.",
     "The address carries no signed link, or one that was cut, altered, made for another book, or "
     "signed with a key that this server does not have.",
     "Let the customer copy the whole link again. If all links of a maker fail, compare its key "
     "with the file of AudioLinkKeys on this server: the same line must stand in both, and httpd "
     "must have been reloaded since."},
    {Cause::kOtherRule, Fault::kCustomer, 403, 0, "other-rule", kNotYours, kNotYoursAdvice,
     "The customer is known, but another Require line of the configuration does not let the "
     "request through.",
     "Read the <Location> of the downloads: something beside audio-entitled and audio-link decides "
     "there, as Require ip."},
    {Cause::kNotListed, Fault::kCustomer, 404, 0, "not-listed", "Not found",
     "There is nothing to download at this address. If it came from the shop, write to the shop "
     "and name the code below.",
     "The customer may have the book, but AudioListing has no such chunk: the address is misspelt, "
     "or the chunk was never published or has been withdrawn.",
     "Compare the address with the names in AudioListing. If the chunk should be there, publish "
     "it: the audio to the origin first, then the empty file into the listing, on every server."},
    {Cause::kOriginMissing, Fault::kShop, 404, 0, "origin-missing", "Not found",
     "This part of the audiobook is missing. Please write to the shop and name the code below.",
     "The chunk is listed, but the origin does not have it.",
     "Upload the audio again, under the key that the listing implies, or remove the chunk's empty "
     "file from AudioListing."},
    {Cause::kOriginForbidden, Fault::kShop, 503, 300, "origin-forbidden", kUnavailable,
     kUnavailableAdvice,
     "The origin refuses the server's credentials, or they cannot be had, so nothing that is not "
     "cached can be served to anybody.",
     "Look at the fetcher's own line just above in the log: a wrong or expired key, a policy "
     "without s3:GetObject, a clock that is wrong, or another region. Correct AudioCredentials or "
     "the policy; no reload is needed when only the file's contents change."},
    {Cause::kOriginThrottled, Fault::kShop, 503, 10, "origin-throttled", kUnavailable,
     kUnavailableAdvice,
     "The origin asked to slow down or was overloaded for as long as AudioOriginTimeout allows.",
     "Usually it passes by itself. If not: look at `audiodl status` for how much is fetched, warm "
     "new titles ahead of time (audiodl cache warm), and ask the storage's provider."},
    {Cause::kOriginUnreachable, Fault::kShop, 503, 10, "origin-unreachable", kUnavailable,
     kUnavailableAdvice, "The origin gave no answer, or a broken one, within AudioOriginTimeout.",
     "Look whether this server reaches the origin's address (name, network, firewall, "
     "certificate), and at the provider's status page. What is cached is served meanwhile."},
    {Cause::kOriginArchived, Fault::kShop, 503, 300, "origin-archived", kUnavailable,
     kUnavailableAdvice,
     "The object lies in an archive class of the storage and must be restored before it can be "
     "read.",
     "Restore it there, and keep what is for sale out of archive classes (the bucket's lifecycle "
     "rules)."},
    {Cause::kOriginChanged, Fault::kShop, 503, 10, "origin-changed", kUnavailable,
     kUnavailableAdvice, "The object was replaced at the origin while it was being read.",
     "Nothing, if it was published a moment ago: the next request gets the new one. If it stays "
     "so, something rewrites the object again and again."},
    {Cause::kOriginDamaged, Fault::kShop, 503, 10, "origin-damaged", kUnavailable,
     kUnavailableAdvice,
     "What the origin sent does not agree with its checksum or makes no sense, so it is not "
     "served.",
     "Once may be a fault of the network. If it stays so, the object or its manifest is wrong: "
     "upload it again; the fetcher's own line in the log says what does not agree."},
    {Cause::kNoZip, Fault::kShop, 404, 0, "no-zip", "Not available as one file",
     "This audiobook cannot be had as one file. Download its parts one by one.",
     "A book was asked for as one zip, and its manifest does not say all that a zip needs: size, "
     "entity tag and CRC-32 of every part that is listed.",
     "Publish the book again with `audiodl publish`, which writes the manifest (.audiodl.json in "
     "the book's folder of AudioListing), and see that it arrives on every server."},
    {Cause::kManifestOutdated, Fault::kShop, 503, 60, "manifest-outdated", kUnavailable,
     kUnavailableAdvice,
     "A book was asked for as one zip, and what its manifest says of a part is not what the origin "
     "has: the zip would be damaged, so it is not sent.",
     "Nothing, if the book is being published at the moment. Else publish it again with `audiodl "
     "publish`: the object was replaced without its manifest, or the manifest or its marker has "
     "not "
     "arrived on this server."},
    {Cause::kCacheTrouble, Fault::kShop, 503, 10, "cache-trouble", kUnavailable, kUnavailableAdvice,
     "A file of this server could not be read or written, or there was no room for it.",
     "Look at the detail for the path, at `df` and the kernel's log for the disk, and at `audiodl "
     "status`."},
    {Cause::kListingUnreadable, Fault::kShop, 503, 10, "listing-unreadable", kUnavailable,
     kUnavailableAdvice, "AudioListing cannot be read on this server.",
     "Look whether it is mounted, and whether the web server's user may read all of it."},
    {Cause::kTooBusy, Fault::kShop, 503, 2, "too-busy", kUnavailable, kUnavailableAdvice,
     "So many requests wait for the origin in this process that no more may join them.",
     "Usually it passes in seconds. If not, the origin is too slow: look at `audiodl status`."},
    {Cause::kTooManyStreams, Fault::kCustomer, 429, 10, "too-many-streams",
     "Too many downloads at once",
     "This account has as many downloads under way as the shop allows at a time. Please try again "
     "when one of them has ended.",
     "The customer, or where nobody is logged in the address, had AudioStreams downloads under way "
     "on this server.",
     "Usually a download manager that opens many connections at once: let the customer set it to "
     "fewer. If it befalls those who merely listen, AudioStreams is too low: a player that seeks "
     "needs two or three. With many people behind one address (a school), see address= there."},
    {Cause::kDatabaseDown, Fault::kShop, 503, 5, "database-down", kUnavailable, kUnavailableAdvice,
     "The shop's database could not be asked about the session or the purchase.",
     "Look whether the database runs and takes connections from this server; the lines above this "
     "one in the log have its own words. Downloads go on by themselves when it answers."},
    {Cause::kConfig, Fault::kShop, 500, 0, "config", "Something is wrong here",
     "The shop's server is not set up as it should be. Please write to the shop and name the code "
     "below.",
     "The web server's configuration lacks something that this address needs.",
     "The detail says which directive; `apachectl -t` may say more."},
};

constexpr bool InOrder() {
  for (size_t i = 0; i < std::size(kCauses); ++i) {
    if (static_cast<size_t>(kCauses[i].cause) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "a cause is found by its place");

}  // namespace

std::span<const CauseInfo> AllCauses() { return kCauses; }

const CauseInfo& InfoOf(Cause cause) { return kCauses[static_cast<size_t>(cause)]; }

const CauseInfo* FindCause(std::string_view name) {
  const auto* found = std::find_if(std::begin(kCauses), std::end(kCauses),
                                   [&](const CauseInfo& info) { return info.name == name; });
  return found == std::end(kCauses) ? nullptr : found;
}

Cause CauseOfOrigin(Code code) {
  switch (code) {
    case Code::kNotFound:
      return Cause::kOriginMissing;
    case Code::kForbidden:
      return Cause::kOriginForbidden;
    case Code::kThrottled:
      return Cause::kOriginThrottled;
    case Code::kArchived:
      return Cause::kOriginArchived;
    case Code::kChanged:
    case Code::kOutOfRange:
      return Cause::kOriginChanged;
    case Code::kCorrupt:
    case Code::kInvalid:
      return Cause::kOriginDamaged;
    case Code::kNoSpace:
    case Code::kIo:
      return Cause::kCacheTrouble;
    case Code::kBusy:
      return Cause::kTooBusy;
    case Code::kUnreachable:
    case Code::kOk:
      break;
  }
  return Cause::kOriginUnreachable;
}

}  // namespace audiodl
