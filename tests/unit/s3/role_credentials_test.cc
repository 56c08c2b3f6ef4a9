// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/role_credentials.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const auto kNow = std::chrono::system_clock::from_time_t(1369353600);  // 2013-05-24T00:00:00Z

// The document of the EC2 User Guide.
constexpr const char* kGood = R"({
  "Code" : "Success",
  "LastUpdated" : "2013-05-23T23:55:00Z",
  "Type" : "AWS-HMAC",
  "AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",
  "SecretAccessKey" : "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "Token" : "to+ken/==",
  "Expiration" : "2013-05-24T06:00:00Z"
})";

std::string With(const std::string& what, const std::string& instead) {
  std::string text = kGood;
  const size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

TEST_CASE("Role credentials: AWS's own example") {
  const Result<Credentials> keys = ParseRoleCredentials(kGood, kNow);
  REQUIRE(keys.ok());
  CHECK(keys->access_key_id == "ASIAIOSFODNN7EXAMPLE");
  CHECK(keys->secret_access_key == "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  CHECK(keys->session_token == "to+ken/==");
  CHECK(keys->Expires());
  CHECK(keys->expires_at == kNow + std::chrono::hours(6));
}

TEST_CASE("Role credentials: what is not proven is refused, and not repeated") {
  const std::pair<const char*, std::string> rows[] = {
      {"nothing", ""},
      {"HTML", "<html><body>500</body></html>"},
      {"not an object", "[]"},
      {"a failure", R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume"})"},
      {"a failure with everything else", With("Success", "Failed")},
      {"no Code", With("\"Code\"", "\"Kode\"")},
      {"Code is no string", With("\"Success\"", "true")},
      {"no key id", With("ASIAIOSFODNN7EXAMPLE", "")},
      {"no secret", With("\"SecretAccessKey\"", "\"Secret\"")},
      {"no token", With("to+ken/==", "")},
      {"a line end in the token", With("to+ken/==", "to\\r\\nken")},
      {"a blank in the secret", With("wJalr", "wJ alr")},
      {"no expiration", With("\"Expiration\"", "\"Expires\"")},
      {"no date", With("2013-05-24T06:00:00Z", "tomorrow")},
      {"expired", With("2013-05-24T06:00:00Z", "2013-05-23T23:59:59Z")},
      {"expiring now", With("2013-05-24T06:00:00Z", "2013-05-24T00:00:00Z")},
      {"a number", With("\"2013-05-24T06:00:00Z\"", "1369375200")},
      {"two answers", With("}", "} {}")},
  };
  for (const auto& [what, text] : rows) {
    CAPTURE(what);
    const Status status = ParseRoleCredentials(text, kNow).status();
    CHECK(status.code() == Code::kInvalid);
    for (const char* secret : {"ASIA", "wJ", "ken"}) {
      CHECK(status.text().find(std::string(secret) + "IOSFODNN7") == std::string::npos);
      CHECK(status.text().find(std::string(secret) + "/==") == std::string::npos);
      CHECK(status.text().find("MDENG") == std::string::npos);
    }
  }
}

TEST_CASE("Role credentials: cut anywhere, they are refused") {
  const std::string whole = kGood;
  for (size_t size = 0; size < whole.size(); ++size) {
    CHECK(ParseRoleCredentials(whole.substr(0, size), kNow).status().code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace audiodl
