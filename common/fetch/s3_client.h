// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads objects from S3: signed GETs and HEADs through libcurl. Every answer is checked against the
// question before a byte of it is passed on. One thread, the fetcher's.

#ifndef AUDIODL_COMMON_FETCH_S3_CLIENT_H_
#define AUDIODL_COMMON_FETCH_S3_CLIENT_H_

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "common/fetch/counters.h"
#include "common/fetch/curl_loop.h"
#include "common/fetch/origin_client.h"
#include "common/s3/credentials.h"
#include "common/s3/origin.h"

namespace audiodl {

struct S3Timeouts {
  std::chrono::milliseconds connect{5000};
  // A transfer that brings less than a kilobyte a second for so long is given up; it also bounds
  // the wait for the first byte.
  std::chrono::seconds stalled{10};

  // From AudioOriginTimeout, so that a retry fits in.
  static S3Timeouts From(std::chrono::milliseconds origin_timeout);
};

class S3Client : public OriginClient {
 public:
  // The newest credentials, or null while there are none.
  using CredentialsSource = std::function<std::shared_ptr<const Credentials>()>;

  // `counters` is borrowed; null: nobody counts.
  S3Client(CurlLoop& loop, Origin origin, CredentialsSource credentials, S3Timeouts timeouts,
           Counters* counters = nullptr);

  std::unique_ptr<OriginRead> Start(const ReadRequest& request, ReadSink& sink) override;

 private:
  class Read;

  CurlEasy TakeHandle();
  void GiveBack(CurlEasy easy);

  CurlLoop& loop_;
  const Origin origin_;
  const CredentialsSource credentials_;
  const S3Timeouts timeouts_;
  Counters* const counters_;
  std::vector<CurlEasy> spare_;  // handles kept for reuse; connections are the loop's
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_S3_CLIENT_H_
