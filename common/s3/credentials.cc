// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/credentials.h"

#include <algorithm>
#include <vector>

#include "common/base/environment.h"
#include "common/base/text.h"
#include "common/base/wipe.h"

namespace audiodl {
namespace {

constexpr std::string_view kProfileOption = "profile=";

// Printable ASCII without blanks and quotes: keys are base64, or plain words in other S3 stores.
bool IsKeyText(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\''; });
}

Status CheckOne(std::string_view value, std::string_view name) {
  if (value.empty()) return Status::Invalid(std::string(name) + " is missing or empty");
  if (IsKeyText(value)) return Status::Ok();
  return Status::Invalid(std::string(name) +
                         " has a blank, a quote or another character that no key has: write the "
                         "bare value");
}

Result<CredentialsSpec> ParseFileSpec(const std::vector<std::string>& words) {
  CredentialsSpec spec;
  spec.source = CredentialsSpec::Source::kFile;
  spec.path = words[0];
  if (words.size() == 1) return spec;
  const std::string_view option = words[1];
  if (words.size() > 2 || !option.starts_with(kProfileOption) ||
      option.size() == kProfileOption.size()) {
    return Status::Invalid("after " + Printable(spec.path) + " only profile=NAME may follow");
  }
  spec.profile = option.substr(kProfileOption.size());
  return spec;
}

}  // namespace

Credentials::~Credentials() {
  Wipe(access_key_id);
  Wipe(secret_access_key);
  Wipe(session_token);
}

Status Credentials::Check() const {
  Status id = CheckOne(access_key_id, "the access key id (aws_access_key_id)");
  if (!id.ok()) return id;
  Status secret = CheckOne(secret_access_key, "the secret access key (aws_secret_access_key)");
  if (!secret.ok()) return secret;
  return session_token.empty() ? Status::Ok()
                               : CheckOne(session_token, "the session token (aws_session_token)");
}

Result<CredentialsSpec> CredentialsSpec::Parse(std::string_view text) {
  const Result<std::vector<std::string>> words = SplitWords(text);
  if (!words.ok()) return words.status();
  // What is not understood is not repeated: somebody may have written the keys themselves.
  constexpr std::string_view kHelp =
      "write the full path of a credentials file [profile=NAME], or one of: env, instance, auto";
  if (words->empty()) return Status::Invalid("the credentials are empty: " + std::string(kHelp));
  const std::string& first = words->front();
  if (first.starts_with('/')) return ParseFileSpec(*words);
  CredentialsSpec spec;
  if (first == "env") {
    spec.source = Source::kEnvironment;
  } else if (first == "instance") {
    spec.source = Source::kInstance;
  } else if (first != "auto") {
    return Status::Invalid("the source of credentials is not known: " + std::string(kHelp));
  }
  if (words->size() > 1) return Status::Invalid("nothing may follow '" + first + "'");
  return spec;
}

Result<Credentials> ReadEnvironmentCredentials() {
  Credentials keys;
  keys.access_key_id = Environment("AWS_ACCESS_KEY_ID");
  keys.secret_access_key = Environment("AWS_SECRET_ACCESS_KEY");
  keys.session_token = Environment("AWS_SESSION_TOKEN");
  if (keys.access_key_id.empty() && keys.secret_access_key.empty()) {
    return Status(Code::kNotFound,
                  "the environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  Status complete = keys.Check();
  if (!complete.ok()) return Status::Invalid("in the environment, " + complete.text());
  return keys;
}

}  // namespace audiodl
