// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The document in which the instance metadata service hands out a role's credentials. Pure; any
// thread.
//
//   {"Code":"Success", "Type":"AWS-HMAC", "AccessKeyId":"ASIA…", "SecretAccessKey":"…",
//    "Token":"…", "Expiration":"2026-05-17T15:09:54Z", …}

#ifndef AUDIODL_COMMON_S3_ROLE_CREDENTIALS_H_
#define AUDIODL_COMMON_S3_ROLE_CREDENTIALS_H_

#include <chrono>
#include <string_view>

#include "common/base/status.h"
#include "common/s3/credentials.h"

namespace audiodl {

// Credentials that are proven: whole, well-formed, Code "Success", and valid after `now`. kInvalid
// for all else; the text repeats nothing of the document but its Code.
Result<Credentials> ParseRoleCredentials(std::string_view json,
                                         std::chrono::system_clock::time_point now);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_ROLE_CREDENTIALS_H_
