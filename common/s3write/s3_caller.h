// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Sends requests to S3, one after the other, and waits for the answers: for the operator's command,
// which has the time. The connection is kept between requests.
//
//   S3Caller caller({.origin = origin, .credentials = [&] { return provider.Current(); }});
//   Result<S3Reply> reply = caller.Call({.method = CallMethod::kDelete, .key = "prod/a/01.mp3"});

#ifndef AUDIODL_COMMON_S3WRITE_S3_CALLER_H_
#define AUDIODL_COMMON_S3WRITE_S3_CALLER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/fetch/curl_loop.h"
#include "common/s3/credentials.h"
#include "common/s3/origin.h"
#include "common/s3/response_headers.h"
#include "common/s3write/retries.h"
#include "common/s3write/s3_call.h"

namespace audiodl {

// Where to send to, as whom, and how patiently. A value; what it calls must be thread-safe.
struct S3Access {
  // The newest credentials, or null while there are none.
  using CredentialsSource = std::function<std::shared_ptr<const Credentials>()>;

  Origin origin;
  CredentialsSource credentials;
  RetryTiming retries = {};
  std::chrono::milliseconds connect_timeout{10000};
  // A transfer that moves less than a kilobyte a second for so long is given up.
  std::chrono::seconds stalled{30};
};

struct S3Reply {
  ResponseHeaders headers;
  std::string body;  // empty where a sink took it
};

// One thread at a time.
class S3Caller {
 public:
  // The next bytes of a successful answer. A status that is not ok ends the transfer, and is its
  // outcome.
  using BodySink = std::function<Status(const ResponseHeaders& headers, std::string_view bytes)>;
  // How many bytes of the request's body have been sent; may fall when it is sent again.
  using Progress = std::function<void(uint64_t sent)>;

  static constexpr int kNotModified = 304;

  // REQUIRES: an s3:// origin.
  explicit S3Caller(S3Access access);
  ~S3Caller();
  S3Caller(S3Caller&&) noexcept;

  // Once. An answer of 2xx, or of 304 to a call with if-none-match, or as ClassifyCallError(); the
  // text begins with "PUT s3://bucket/key:
  // ". Without a sink, an answer of more than 16 MiB is kUnreachable.
  Result<S3Reply> CallOnce(const S3Call& call, const BodySink& sink = {});

  // Again and again while MayPass(). For what does no harm when it is done twice: a lost answer
  // looks like a failure.
  Result<S3Reply> Call(const S3Call& call);

  // Called from within calls, on the same thread.
  void OnProgress(Progress progress) { progress_ = std::move(progress); }

  // For requests that take their time at the other end without a byte moving.
  void SetStalled(std::chrono::seconds stalled) { access_.stalled = stalled; }

  const S3Access& access() const { return access_; }

 private:
  class Transfer;

  S3Access access_;
  Progress progress_;
  CurlEasy easy_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_S3_CALLER_H_
