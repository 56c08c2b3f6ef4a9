// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/page_url.h"

#include <algorithm>
#include <cstddef>

#include "common/base/text.h"

namespace audiodl {
namespace {

// RFC 3986, section 2; but not what a policy or a header's list would be cut at.
bool MayStand(char c) {
  constexpr std::string_view kOthers = "-._~:/?#[]@!$&()*+=%";
  return IsAlnum(c) || kOthers.find(c) != std::string_view::npos;
}

// Where the path begins; npos: there is none.
size_t PathOf(std::string_view url) { return url.find_first_of("/?#", url.find("//") + 2); }

}  // namespace

Status CheckPageUrl(std::string_view url) {
  if (!std::all_of(url.begin(), url.end(), MayStand)) {
    return Status::Invalid("has a character that must be percent-encoded");
  }
  // A browser would take //host for another server.
  if (url.starts_with('/') && !url.starts_with("//")) return Status::Ok();
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  if (is_web && PathOf(url) != url.find("//") + 2 && !url.ends_with("//")) return Status::Ok();
  return Status::Invalid("is neither https://HOST/... nor a path that begins with a slash");
}

std::string CoverUrl(std::string_view cover, std::string_view origin) {
  if (!CheckPageUrl(cover).ok()) return {};
  return cover.starts_with('/') ? std::string(origin) + std::string(cover) : std::string(cover);
}

std::string PolicySourceOf(std::string_view url) {
  if (url.starts_with('/')) return "'self'";
  return std::string(url.substr(0, PathOf(url)));
}

}  // namespace audiodl
