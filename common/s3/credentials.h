// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The keys that sign requests, and where they come from (AudioCredentials):
//
//   /etc/audiodl/credentials [profile=NAME]   an AWS shared-credentials file
//   env                                       AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
//                                             AWS_SESSION_TOKEN
//   instance                                  the instance's role, through IMDSv2
//   auto                                      env; else the file AWS_SHARED_CREDENTIALS_FILE names,
//                                             profile AWS_PROFILE; else instance
//
// Only the fetcher (and the operator's command) holds credentials. They are wiped when dropped and
// never appear in a log or an error. Values: one thread at a time. The functions are for any
// thread while nothing changes the environment.

#ifndef AUDIODL_COMMON_S3_CREDENTIALS_H_
#define AUDIODL_COMMON_S3_CREDENTIALS_H_

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct Credentials {
  Credentials() = default;
  Credentials(const Credentials&) = default;
  Credentials(Credentials&&) = default;
  Credentials& operator=(const Credentials&) = default;
  Credentials& operator=(Credentials&&) = default;
  ~Credentials();  // wipes

  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;                           // empty: none
  std::chrono::system_clock::time_point expires_at{};  // epoch: never

  // False: valid until somebody revokes them.
  bool Expires() const { return expires_at != std::chrono::system_clock::time_point{}; }

  // kInvalid names the first of the three that is missing or has characters no key has (blanks,
  // quotes, line ends: they would break the signed headers). Never repeats a value.
  Status Check() const;
};

struct CredentialsSpec {
  enum class Source : unsigned char { kFile, kEnvironment, kInstance, kAuto };
  Source source = Source::kAuto;
  std::string path;                 // kFile
  std::string profile = "default";  // kFile

  // What follows AudioCredentials. kInvalid says what to write instead.
  static Result<CredentialsSpec> Parse(std::string_view text);
};

// Reads one profile of an AWS shared-credentials file (INI: [profile], aws_access_key_id,
// aws_secret_access_key, aws_session_token; '#' and ';' comments). kInvalid names the file, the
// line or the missing profile or key; a file that others than its owner and group may read is
// kInvalid too. kNotFound and kIo as Status::FromErrno.
Result<Credentials> ReadSharedCredentials(const std::string& path, std::string_view profile);

// kNotFound where neither AWS_ACCESS_KEY_ID nor AWS_SECRET_ACCESS_KEY is set, kInvalid where one of
// them is missing or malformed.
Result<Credentials> ReadEnvironmentCredentials();

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_CREDENTIALS_H_
