// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/book_links.h"

#include <http_core.h>

#include <optional>
#include <string_view>
#include <utility>

#include "common/link/signed_link.h"
#include "common/s3/uri.h"
#include "mod_audiodl/authn.h"
#include "mod_audiodl/decision.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

sys_seconds Now(request_rec* r) { return sys_seconds(seconds(apr_time_sec(r->request_time))); }

// At the end of a day, so that what was made on one day is the same each time.
sys_seconds EndAfter(request_rec* r, std::chrono::milliseconds time) {
  const sys_seconds end = Now(r) + std::chrono::duration_cast<seconds>(time);
  return std::chrono::ceil<std::chrono::days>(end);
}

// Empty where the claims cannot be signed: a book or customer with a name that no link can have.
std::string MadeLink(const LinkClaims& claims, const LinkKey& key) {
  Result<std::string> link = MakeLinkQuery(claims, key);
  return link.ok() ? std::move(link).value() : std::string();
}

const LinkKey* SigningKey(request_rec* r) {
  const ServerConfig& config = ServerConfigOf(r->server);
  return config.link_key_set ? config.link_key_set->SigningKey(Now(r)) : nullptr;
}

// Of a session's customer. REQUIRES: MayMakeLinks(r).
std::string NewLink(request_rec* r, const std::string& book, const std::string& device) {
  const sys_seconds end = EndAfter(r, ServerConfigOf(r->server).LinkTimes().links);
  return MadeLink({AuthenticatedCustomer(r), book, end, device}, *SigningKey(r));
}

bool WantsNewLinks(request_rec* r, const PageRequest& asked) {
  return asked.wants_signed_links && MayMakeLinks(r) &&
         (asked.device.empty() || IsDeviceName(asked.device));
}

std::string OwnOrigin(request_rec* r) { return ap_construct_url(r->pool, "", r); }

// r->uri without what names the book, and without its slash: "/download".
std::string PrefixOf(request_rec* r, const ChunkName& name) {
  const std::string_view uri = r->uri;
  return UriEncode(uri.substr(0, uri.size() - name.path.size() - 1), Slash::kKeep);
}

std::string FeedUrl(request_rec* r, const std::string& path, const LinkClaims& claims) {
  const std::string link = MadeLink(claims, *SigningKey(r));
  return link.empty() ? link : OwnOrigin(r) + path + "?format=rss&" + link;
}

// Why the device can have no feed; empty: it can.
std::string ProblemWith(request_rec* r, const std::string& device) {
  if (!IsDeviceName(device)) return "That name is too long, or has signs that no name has.";
  switch (IsDeviceRevoked(r, AuthenticatedCustomer(r), device)) {
    case Revoked::kYes:
      return "A device of that name was switched off. Choose another name.";
    case Revoked::kUnknown:
      return "That cannot be found out at the moment. Please try again in a minute.";
    case Revoked::kNo:
      break;
  }
  return {};
}

}  // namespace

const char* AskingCustomer(request_rec* r) {
  const LinkFinding* link = AdmittingLink(r);
  return link != nullptr ? link->customer.c_str() : AuthenticatedCustomer(r);
}

bool MayMakeLinks(request_rec* r) {
  const RequestState& state = StateOf(r);
  if (AdmittingLink(r) != nullptr || AuthenticatedCustomer(r) == nullptr || !state.entitled) {
    return false;
  }
  // The library's right is its session, which is never remembered.
  if (state.decision != nullptr && !state.decision->proved_lately) return false;
  return SigningKey(r) != nullptr;
}

BookAddress AddressOf(request_rec* r, const ChunkName& name, const PageRequest& asked) {
  BookAddress address;
  address.origin = OwnOrigin(r);
  address.path = UriEncode(r->uri, Slash::kKeep);
  address.prefix = PrefixOf(r, name);
  address.mirrors = ServerConfigOf(r->server).mirrors.value_or(std::vector<std::string>());
  if (AdmittingLink(r) != nullptr) {
    address.link = LinkAlone(r->args);
  } else if (!name.IsLibrary() && WantsNewLinks(r, asked)) {
    address.link = NewLink(r, name.book, asked.device);
  }
  return address;
}

BookAddress AddressInLibrary(request_rec* r, const BookAddress& library, const std::string& book,
                             const PageRequest& asked) {
  BookAddress address = library;
  address.path += UriEncode(book, Slash::kKeep) + "/";
  address.link.clear();
  if (const LinkFinding* link = AdmittingLink(r)) {
    // The library's link opens no book: each has one of the same device, end and key, so that it is
    // the same each time.
    address.link = MadeLink({link->customer, book, link->expires, link->device}, *link->key);
  } else if (WantsNewLinks(r, asked)) {
    address.link = NewLink(r, book, asked.device);
  }
  return address;
}

DeviceFeeds FeedsFor(request_rec* r, const ChunkName& name, const PageRequest& asked) {
  DeviceFeeds feeds;
  feeds.offered = MayMakeLinks(r);
  if (!feeds.offered || asked.device.empty()) return feeds;
  feeds.device = asked.device;
  feeds.problem = ProblemWith(r, asked.device);
  if (!feeds.problem.empty()) return feeds;
  const ServerConfig& config = ServerConfigOf(r->server);
  const sys_seconds end = EndAfter(r, config.LinkTimes().feeds);
  const std::string customer = AuthenticatedCustomer(r);
  feeds.end = end.time_since_epoch().count();
  if (name.IsBook()) {
    feeds.book =
        FeedUrl(r, UriEncode(r->uri, Slash::kKeep), {customer, name.book, end, feeds.device});
  }
  if (config.books_query) {
    feeds.library = FeedUrl(r, PrefixOf(r, name) + "/", {customer, "", end, feeds.device});
  }
  return feeds;
}

}  // namespace audiodl
