// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Asks the instance metadata service (IMDS) of EC2 for the credentials of the instance's role, with
// version 2 of its protocol only: version 1 would hand them to anybody who can make this machine
// fetch a URL.
//
//   PUT /latest/api/token                                       a session token, a minute's
//   GET /latest/meta-data/iam/security-credentials/             the role's name
//   GET /latest/meta-data/iam/security-credentials/ROLE         its credentials, as JSON
//
// Amazon EC2 User Guide, "Use the Instance Metadata Service" and "Retrieve security credentials
// from instance metadata".

#ifndef AUDIODL_COMMON_S3_IMDS_CLIENT_H_
#define AUDIODL_COMMON_S3_IMDS_CLIENT_H_

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/s3/credentials.h"

namespace audiodl {

struct ImdsOptions {
  std::string endpoint = "http://169.254.169.254";
  std::chrono::milliseconds connect_timeout{1000};
  std::chrono::milliseconds answer_timeout{3000};  // of one request, connecting included

  // The endpoint from AWS_EC2_METADATA_SERVICE_ENDPOINT where that is set. kInvalid where it is
  // malformed, or AWS_EC2_METADATA_DISABLED is "true".
  static Result<ImdsOptions> FromEnvironment();
};

// One thread at a time, but Interrupt() is for any.
class ImdsClient {
 public:
  explicit ImdsClient(ImdsOptions options);

  // Three requests, hence at most three answer timeouts. Proven credentials, or: kNotFound, the
  // instance has no role; kUnreachable, no answer or an error; kInvalid, an answer that makes no
  // sense; kBusy, interrupted.
  Result<Credentials> Fetch(std::chrono::system_clock::time_point now);

  // Ends a Fetch() at once, and every later one.
  void Interrupt();

 private:
  struct Question;

  Result<std::string> Ask(const Question& question);
  Result<std::string> FetchToken();
  Result<std::string> Read(const std::string& path, const std::string& token);

  const ImdsOptions options_;
  const UniqueFd interrupt_;  // an eventfd
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_IMDS_CLIENT_H_
