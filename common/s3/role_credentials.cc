// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/role_credentials.h"

#include <string>

#include "common/base/dates.h"
#include "common/base/json.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

std::string Member(const Json& document, std::string_view name) {
  return document.StringAt(name).value_or(std::string());
}

}  // namespace

Result<Credentials> ParseRoleCredentials(std::string_view json,
                                         std::chrono::system_clock::time_point now) {
  const Result<Json> document = Json::Parse(json);
  if (!document.ok()) return document.status();
  const std::string code = Member(*document, "Code");
  if (code != "Success") {
    return Status::Invalid("its Code is '" + Printable(code, 60) + "' and not Success");
  }
  Credentials keys;
  keys.access_key_id = Member(*document, "AccessKeyId");
  keys.secret_access_key = Member(*document, "SecretAccessKey");
  keys.session_token = Member(*document, "Token");
  Status complete = keys.Check();
  if (!complete.ok()) return complete;
  if (keys.session_token.empty()) return Status::Invalid("the session token (Token) is missing");
  const Result<std::chrono::sys_seconds> expiration = ParseIsoDate(Member(*document, "Expiration"));
  if (!expiration.ok()) return Status::Invalid("Expiration: " + expiration.status().text());
  keys.expires_at = *expiration;
  if (keys.expires_at <= now) {
    return Status::Invalid("the credentials expired at " + FormatIsoDate(keys.expires_at) +
                           " (check this machine's clock)");
  }
  return keys;
}

}  // namespace audiodl
