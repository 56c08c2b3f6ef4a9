// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An instance metadata service for tests, which speaks version 2 only, and fails as it is told.

#ifndef AUDIODL_TESTS_UNIT_S3_FAKE_IMDS_H_
#define AUDIODL_TESTS_UNIT_S3_FAKE_IMDS_H_

#include <chrono>
#include <mutex>
#include <string>

#include "common/base/dates.h"
#include "tests/unit/fake_http_server.h"

namespace audiodl {

// All methods are for any thread.
class FakeImds {
 public:
  FakeImds() : server_([this](const FakeRequest& request) { return Answer(request); }) {}

  const std::string& url() const { return server_.url(); }
  const FakeHttpServer& server() const { return server_; }

  // What the service says from now on when asked for credentials.
  void SayDocument(FakeReply reply) { Change(document_, std::move(reply)); }
  // … for a token, or for the name of the role.
  void SayToken(FakeReply reply) { Change(token_, std::move(reply)); }
  void SayRole(FakeReply reply) { Change(role_, std::move(reply)); }

  // Good credentials under that key id.
  static FakeReply Good(const std::string& id, std::chrono::seconds lifetime) {
    const auto expires_at = std::chrono::system_clock::now() + lifetime;
    return FakeReply{.body = R"({"Code":"Success","AccessKeyId":")" + id +
                             R"(","SecretAccessKey":"secretOf)" + id + R"(","Token":"tokenOf)" +
                             id + R"(","Expiration":")" + FormatIsoDate(expires_at) + "\"}"};
  }

 private:
  void Change(FakeReply& place, FakeReply reply) {
    const std::lock_guard lock(mutex_);
    place = std::move(reply);
  }

  FakeReply Answer(const FakeRequest& request) {
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    const std::lock_guard lock(mutex_);
    if (request.method == "PUT" && request.target == "/latest/api/token") return token_;
    const auto token = request.headers.find("x-aws-ec2-metadata-token");
    const bool knows_token = token != request.headers.end() && token->second == "TOKEN==";
    if (request.method != "GET" || !knows_token) return FakeReply{.status = 401};
    if (request.target == roles) return role_;
    if (request.target == roles + "web%40shop") return document_;
    return FakeReply{.status = 404};
  }

  std::mutex mutex_;  // guards the replies
  FakeReply token_{.body = "TOKEN=="};
  FakeReply role_{.body = "web@shop\n"};
  FakeReply document_ = Good("ASIAFIRST", std::chrono::hours(6));
  FakeHttpServer server_;  // last: its threads call Answer()
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_S3_FAKE_IMDS_H_
