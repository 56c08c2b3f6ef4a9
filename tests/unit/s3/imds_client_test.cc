// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/imds_client.h"

#include <thread>

#include "tests/unit/catch.h"
#include "tests/unit/s3/fake_imds.h"
#include "tests/unit/s3/scoped_environment.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

ImdsOptions OptionsOf(const FakeImds& imds) {
  return {.endpoint = imds.url(),
          .connect_timeout = std::chrono::minutes(1),
          .answer_timeout = std::chrono::minutes(1)};
}

Result<Credentials> FetchFrom(const FakeImds& imds) {
  return ImdsClient(OptionsOf(imds)).Fetch(system_clock::now());
}

TEST_CASE("ImdsClient: a token, the role, its credentials") {
  const FakeImds imds;
  const Result<Credentials> keys = FetchFrom(imds);
  INFO(keys.status().text());
  REQUIRE(keys.ok());
  CHECK(keys->access_key_id == "ASIAFIRST");
  CHECK(keys->secret_access_key == "secretOfASIAFIRST");
  CHECK(keys->session_token == "tokenOfASIAFIRST");
  CHECK(keys->expires_at > system_clock::now() + std::chrono::hours(5));

  const std::vector<FakeRequest> requests = imds.server().requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].method == "PUT");
  CHECK(requests[0].target == "/latest/api/token");
  CHECK(requests[0].headers.at("x-aws-ec2-metadata-token-ttl-seconds") == "60");
  CHECK(requests[0].headers.at("content-length") == "0");
  CHECK(requests[1].method == "GET");
  CHECK(requests[1].target == "/latest/meta-data/iam/security-credentials/");
  CHECK(requests[2].target == "/latest/meta-data/iam/security-credentials/web%40shop");
  CHECK(requests[2].headers.at("x-aws-ec2-metadata-token") == "TOKEN==");
}

TEST_CASE("ImdsClient: what makes no sense is refused at each of the three steps") {
  struct Row {
    const char* what;
    FakeReply reply;
    Code token, role, document;
  };
  using Ending = FakeReply::Ending;
  constexpr Code kBad = Code::kInvalid;
  constexpr Code kGone = Code::kUnreachable;
  const Row rows[] = {
      {"500", {.status = 500, .body = "oops"}, kGone, kGone, kGone},
      {"403", {.status = 403}, kGone, kGone, kGone},
      {"404", {.status = 404}, Code::kNotFound, Code::kNotFound, Code::kNotFound},
      {"a redirect", {.status = 302, .headers = {"Location: /"}}, kGone, kGone, kGone},
      {"empty", {}, kBad, kBad, kBad},
      {"HTML", {.body = "<html>\n<body>a b</body></html>"}, kBad, kGone, kBad},
      {"two words", {.body = "a b"}, kBad, kBad, kBad},
      {"a control character", {.body = "a\r\x01"}, kBad, kBad, kBad},
      {"cut", {.body = "x", .ending = Ending::kCut}, kGone, kGone, kGone},
      {"too long", {.body = std::string(100 * 1024, 'x')}, kGone, kGone, kGone},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    FakeImds token;
    token.SayToken(row.reply);
    CHECK(FetchFrom(token).status().code() == row.token);
    CHECK(token.server().requests().size() == 1);
    FakeImds document;
    document.SayDocument(row.reply);
    CHECK(FetchFrom(document).status().code() == row.document);
    CHECK(document.server().requests().size() == 3);
    if (std::string(row.what) == "HTML") continue;  // its first line is a word: see below
    FakeImds role;
    role.SayRole(row.reply);
    CHECK(FetchFrom(role).status().code() == row.role);
    CHECK(role.server().requests().size() == 2);
  }
}

TEST_CASE("ImdsClient: a page instead of a role's name leads nowhere") {
  FakeImds imds;
  imds.SayRole({.body = "<html>\n<body>a b</body></html>"});
  CHECK_FALSE(FetchFrom(imds).ok());
  CHECK(imds.server().requests().back().target ==
        "/latest/meta-data/iam/security-credentials/%3Chtml%3E");
}

TEST_CASE("ImdsClient: an instance without a role is told so") {
  FakeImds imds;
  imds.SayRole({.status = 404});
  const Status status = FetchFrom(imds).status();
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.text().find("no IAM role") != std::string::npos);
}

TEST_CASE("ImdsClient: expired credentials are refused") {
  FakeImds imds;
  imds.SayDocument(FakeImds::Good("ASIAOLD", std::chrono::seconds(-5)));
  const Status status = FetchFrom(imds).status();
  CHECK(status.code() == Code::kInvalid);
  CHECK(status.text().find("expired") != std::string::npos);
  CHECK(status.text().find("ASIAOLD") == std::string::npos);
}

TEST_CASE("ImdsClient: a service that hangs is given up in time") {
  FakeImds imds;
  imds.SayDocument({.ending = FakeReply::Ending::kHang});
  ImdsOptions options = OptionsOf(imds);
  options.answer_timeout = milliseconds(100);
  CHECK(ImdsClient(options).Fetch(system_clock::now()).status().code() == Code::kUnreachable);
}

TEST_CASE("ImdsClient: nobody listens") {
  std::string url;
  {
    const FakeImds gone;
    url = gone.url();
  }
  ImdsClient client({.endpoint = url});
  const Status status = client.Fetch(system_clock::now()).status();
  CHECK(status.code() == Code::kUnreachable);
  CHECK(status.text().find("/latest/api/token") != std::string::npos);
}

TEST_CASE("ImdsClient: a proxy in the environment is not asked") {
  const ScopedEnvironment proxy({{"http_proxy", "http://127.0.0.1:1"},
                                 {"all_proxy", "http://127.0.0.1:1"},
                                 {"no_proxy", ""}});
  CHECK(FetchFrom(FakeImds()).ok());
}

TEST_CASE("ImdsClient: an interrupt ends a hanging request at once, and all that follow") {
  FakeImds imds;
  imds.SayToken({.ending = FakeReply::Ending::kHang});
  ImdsOptions options = OptionsOf(imds);
  options.answer_timeout = std::chrono::hours(1);
  ImdsClient client(options);
  std::thread interrupter([&] {
    imds.server().WaitForRequests(1);
    client.Interrupt();
  });
  CHECK(client.Fetch(system_clock::now()).status().code() == Code::kBusy);
  interrupter.join();
  CHECK(client.Fetch(system_clock::now()).status().code() == Code::kBusy);
}

TEST_CASE("ImdsOptions: the environment may name another endpoint, or forbid all") {
  {
    const ScopedEnvironment none(
        {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", ""}, {"AWS_EC2_METADATA_DISABLED", ""}});
    REQUIRE(ImdsOptions::FromEnvironment().ok());
    CHECK(ImdsOptions::FromEnvironment()->endpoint == "http://169.254.169.254");
  }
  {
    const ScopedEnvironment ipv6({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00:ec2::254]/"},
                                  {"AWS_EC2_METADATA_DISABLED", "false"}});
    REQUIRE(ImdsOptions::FromEnvironment().ok());
    CHECK(ImdsOptions::FromEnvironment()->endpoint == "http://[fd00:ec2::254]");
  }
  {
    const ScopedEnvironment wrong({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"}});
    CHECK(ImdsOptions::FromEnvironment().status().text() ==
          "AWS_EC2_METADATA_SERVICE_ENDPOINT: 169.254.169.254 has no scheme: write "
          "http://169.254.169.254");
  }
  const ScopedEnvironment disabled({{"AWS_EC2_METADATA_DISABLED", "TRUE"}});
  CHECK(ImdsOptions::FromEnvironment().status().code() == Code::kInvalid);
}

}  // namespace
}  // namespace audiodl
