// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_store_spec.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

using Kind = SessionStoreSpec::Kind;
using Server = SessionStoreSpec::Server;

struct Scheme {
  std::string_view name;
  Kind kind;
  uint16_t port;
  std::string_view prefix;
};
constexpr Scheme kSchemes[] = {
    {"memcached://", Kind::kMemcached, 11211, "memc.sess.key."},
    {"redis://", Kind::kRedis, 6379, "PHPREDIS_SESSION:"},
};

// memcached's own limit, less the longest session id that is looked up.
constexpr size_t kMaxPrefix = 250 - 128;

Status WhatToWrite(std::string_view why) {
  return Status::Invalid(std::string(why) +
                         ": write dbd, memcached://HOST:PORT or redis://HOST:PORT");
}

bool IsHostCharacter(char c) { return IsAlnum(c) || c == '.' || c == '-' || c == '_'; }
bool IsAddressCharacter(char c) { return IsAlnum(c) || c == '.' || c == ':'; }

// "HOST", "HOST:PORT", "[ADDRESS]" or "[ADDRESS]:PORT".
Result<Server> ParseServer(std::string_view text, uint16_t default_port) {
  Server server;
  std::string_view rest;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return WhatToWrite("has a bracket that is not closed");
    server.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const size_t end = std::min(text.find(':'), text.size());
    server.host = text.substr(0, end);
    rest = text.substr(end);
  }
  const bool good = !server.host.empty() &&
                    std::all_of(server.host.begin(), server.host.end(),
                                text.starts_with('[') ? IsAddressCharacter : IsHostCharacter);
  if (!good) return WhatToWrite("has no host, or one that is none");
  if (rest.empty()) {
    server.port = default_port;
    return server;
  }
  const std::optional<uint64_t> port =
      rest.starts_with(':') ? ParseDecimal(rest.substr(1)) : std::nullopt;
  if (!port || *port == 0 || *port > 65535) return WhatToWrite("has a port that is none");
  server.port = static_cast<uint16_t>(*port);
  return server;
}

// A key goes over the wire as it is: memcached ends one at a blank.
Status SetPrefix(std::string_view prefix, SessionStoreSpec& spec) {
  const auto is_bad = [](char c) { return IsControl(c) || c == ' '; };
  if (std::any_of(prefix.begin(), prefix.end(), is_bad)) {
    return Status::Invalid("has a prefix with a blank or a control character in it");
  }
  if (prefix.size() > kMaxPrefix) return Status::Invalid("has a prefix that is too long");
  spec.prefix = prefix;
  return Status::Ok();
}

Status SetServers(std::string_view list, const Scheme& scheme, SessionStoreSpec& spec) {
  if (list.find('@') != std::string_view::npos) {
    return Status::Invalid("has a user or a password: APR's clients know none");
  }
  if (list.find('/') != std::string_view::npos) {
    return Status::Invalid("has a path: APR's client reads database 0 only");
  }
  while (true) {
    const size_t comma = list.find(',');
    Result<Server> server = ParseServer(Trim(list.substr(0, comma)), scheme.port);
    if (!server.ok()) return server.status();
    spec.servers.push_back(std::move(server).value());
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  if (scheme.kind == Kind::kRedis && spec.servers.size() > 1) {
    return Status::Invalid("names several servers, which sessions in Redis are not spread over");
  }
  return Status::Ok();
}

}  // namespace

Result<SessionStoreSpec> SessionStoreSpec::Parse(std::string_view text) {
  Result<std::vector<std::string>> words = SplitWords(text);
  if (!words.ok()) return words.status();
  if (words->empty()) return WhatToWrite("is empty");
  const std::string& store = words->front();
  SessionStoreSpec spec;
  if (store == "dbd" && words->size() == 1) return spec;

  const auto scheme = std::find_if(std::begin(kSchemes), std::end(kSchemes),
                                   [&](const Scheme& s) { return store.starts_with(s.name); });
  if (scheme == std::end(kSchemes)) return WhatToWrite("is no session store");
  spec.kind = scheme->kind;
  spec.prefix = scheme->prefix;
  Status status = SetServers(std::string_view(store).substr(scheme->name.size()), *scheme, spec);
  for (size_t i = 1; status.ok() && i < words->size(); ++i) {
    const std::string_view option = (*words)[i];
    if (!option.starts_with("prefix=")) {
      status = Status::Invalid("has an option other than prefix=");
    } else {
      status = SetPrefix(option.substr(7), spec);
    }
  }
  if (!status.ok()) return status;
  return spec;
}

}  // namespace audiodl
