// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/login_url.h"

#include <algorithm>
#include <cstddef>

#include "common/base/text.h"
#include "common/link/signed_link.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

constexpr std::string_view kReturn = "%{return}";
constexpr size_t kMaxReturn = 2048;

// "//host/path" would be another server to a browser.
std::string WayBack(std::string_view path, std::string_view query) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  std::string back = "/" + UriEncode(path, Slash::kKeep);
  if (const std::string rest = WithoutLink(query); !rest.empty()) back += "?" + rest;
  return back.size() > kMaxReturn ? "/" : back;
}

bool IsWebAddress(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) return text.size() > scheme.size() && text[scheme.size()] != '/';
  }
  return text.starts_with('/') && !text.starts_with("//");
}

}  // namespace

Result<LoginUrl> LoginUrl::Parse(std::string_view text) {
  const bool blank = std::any_of(text.begin(), text.end(), [](char c) {
    return IsControl(c) || c == ' ' || c == '"' || c == '<' || c == '>' || c == '\\';
  });
  if (blank) return Status::Invalid("holds a blank or another character that no URL may have");
  LoginUrl url;
  const size_t at = text.find(kReturn);
  url.has_return_ = at != std::string_view::npos;
  url.before_ = text.substr(0, at);
  if (url.has_return_) url.after_ = text.substr(at + kReturn.size());
  if (!IsWebAddress(url.before_)) {
    return Status::Invalid("is neither an https:// URL nor a path that begins with one slash");
  }
  if ((url.before_ + url.after_).find("%{") != std::string::npos) {
    return Status::Invalid("may hold %{return} once, and no other %{...}");
  }
  return url;
}

std::string LoginUrl::For(std::string_view path, std::string_view query) const {
  if (!has_return_) return before_;
  return before_ + UriEncode(WayBack(path, query), Slash::kEncode) + after_;
}

}  // namespace audiodl
