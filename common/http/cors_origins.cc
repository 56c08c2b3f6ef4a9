// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/cors_origins.h"

#include <algorithm>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           host.find_first_not_of("0123456789abcdef:.", 1) == host.size() - 1;
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return IsAlnum(c) || c == '-' || c == '.' || c == '_';
  });
}

// Where ":443" begins; the text's length where there is none.
size_t PortOf(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  const bool in_address = bracket != std::string_view::npos && colon < bracket;
  return colon == std::string_view::npos || in_address ? authority.size() : colon;
}

Status Wrong(std::string_view word, std::string_view why) {
  return Status::Invalid("names \"" + Printable(word) + "\", which " + std::string(why));
}

// As browsers serialize it: lower case, without the scheme's own port.
Result<std::string> Serialized(std::string_view word) {
  if (word == "*") {
    return Wrong(word, "browsers refuse beside a session's cookie: name each origin");
  }
  const std::string text = ToLower(word);
  const size_t slashes = text.find("://");
  const std::string scheme = text.substr(0, std::min(slashes, text.size()));
  if (slashes == std::string::npos || (scheme != "https" && scheme != "http")) {
    return Wrong(word, "does not begin with https:// or http://");
  }
  const std::string authority = text.substr(slashes + 3);
  if (authority.find('/') != std::string::npos) {
    return Wrong(word, "has a path: an origin ends with its host or port");
  }
  const size_t at = PortOf(authority);
  const std::string host = authority.substr(0, at);
  if (!IsHost(host)) return Wrong(word, "has no host name, or an impossible one");
  if (at == authority.size()) return scheme + "://" + host;
  const std::optional<uint64_t> port = ParseDecimal(authority.substr(at + 1));
  if (!port || *port == 0 || *port > 65535) return Wrong(word, "has an impossible port");
  const bool is_usual = *port == (scheme == "https" ? 443u : 80u);
  return scheme + "://" + host + (is_usual ? "" : ":" + std::to_string(*port));
}

}  // namespace

Result<CorsOrigins> CorsOrigins::Parse(std::string_view words) {
  const Result<std::vector<std::string>> list = SplitWords(words);
  if (!list.ok()) return list.status();
  if (list->empty()) return Status::Invalid("names no origin");
  CorsOrigins origins;
  if (list->size() == 1 && list->front() == "none") return origins;
  for (const std::string& word : *list) {
    Result<std::string> origin = Serialized(word);
    if (!origin.ok()) return origin.status();
    origins.origins_.push_back(std::move(*origin));
  }
  return origins;
}

bool CorsOrigins::Allows(std::string_view origin) const {
  return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

}  // namespace audiodl
