// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/sigv4.h"

#include <map>

#include "common/s3/uri.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring
// Payload in a Single Chunk", Examples.
Credentials ExampleKeys() {
  Credentials keys;
  keys.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  keys.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  return keys;
}

SigV4Scope ExampleScope() {
  return {.time = std::chrono::system_clock::from_time_t(1369353600), .region = "us-east-1"};
}

constexpr const char* kExampleHost = "examplebucket.s3.amazonaws.com";

std::map<std::string, std::string> Signed(const S3Read& read, const SigV4Scope& scope,
                                          const Credentials& keys) {
  const NameValues headers = SignS3Headers(read, scope, keys);
  const std::map<std::string, std::string> by_name(headers.begin(), headers.end());
  REQUIRE(by_name.size() == headers.size());
  return by_name;
}

TEST_CASE("SigV4: AWS's published S3 example, GET Object with a range") {
  const S3Read read = {.method = ReadMethod::kGet,
                       .host = kExampleHost,
                       .path = "/test.txt",
                       .extra = {{"Range", "bytes=0-9"}}};
  const auto headers = Signed(read, ExampleScope(), ExampleKeys());
  CHECK(headers.at("authorization") ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(headers.at("host") == kExampleHost);
  CHECK(headers.at("x-amz-date") == "20130524T000000Z");
  CHECK(headers.at("x-amz-content-sha256") == kEmptyPayloadHash);
  CHECK(headers.at("Range") == "bytes=0-9");
}

SigV4Request PublishedRequest(NameValues query) {
  return {.method = "GET",
          .path = "/",
          .query = std::move(query),
          .headers = {{"Host", kExampleHost},
                      {"x-amz-content-sha256", std::string(kEmptyPayloadHash)},
                      {"x-amz-date", "20130524T000000Z"}},
          .payload_hash = std::string(kEmptyPayloadHash)};
}

TEST_CASE("SigV4: AWS's published S3 examples with a query") {
  const std::string lifecycle =
      Authorization(PublishedRequest({{"lifecycle", ""}}), ExampleScope(), ExampleKeys());
  CHECK(lifecycle.ends_with("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  const std::string list = Authorization(PublishedRequest({{"prefix", "J"}, {"max-keys", "2"}}),
                                         ExampleScope(), ExampleKeys());
  CHECK(list.ends_with("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST_CASE("SigV4: AWS's published S3 example of an upload, through the low-level functions") {
  const SigV4Request put = {
      .method = "PUT",
      .path = UriEncode("/test$file.text", Slash::kKeep),
      .query = {},
      .headers = {{"Host", kExampleHost},
                  {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                  {"x-amz-date", "20130524T000000Z"},
                  {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                  {"x-amz-content-sha256",
                   "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}},
      .payload_hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"};
  CHECK(Authorization(put, ExampleScope(), ExampleKeys())
            .ends_with("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_CASE("SigV4: a key is signed with the bytes it is sent with, whatever they are") {
  const std::pair<const char*, const char*> rows[] = {
      {"a b.mp3", "/a%20b.mp3"},
      {"a+b.mp3", "/a%2Bb.mp3"},
      {"100%.mp3", "/100%25.mp3"},
      {"a%20b.mp3", "/a%2520b.mp3"},
      {"it's \"x\".mp3", "/it%27s%20%22x%22.mp3"},
      {"Caf\xc3\xa9/01.mp3", "/Caf%C3%A9/01.mp3"},
      {"Cafe\xcc\x81/01.mp3", "/Cafe%CC%81/01.mp3"},
      {"\xf0\x9f\x8e\xa7.mp3", "/%F0%9F%8E%A7.mp3"},
      {"\xff\x01.mp3", "/%FF%01.mp3"},
      {"a//b/../c/./d", "/a//b/../c/./d"},
      {"[1] (2) {3}&=?#;:@,!*.mp3",
       "/%5B1%5D%20%282%29%20%7B3%7D%26%3D%3F%23%3B%3A%40%2C%21%2A.mp3"},
  };
  for (const auto& [key, path] : rows) {
    CAPTURE(key);
    const std::string encoded = "/" + UriEncode(key, Slash::kKeep);
    CHECK(encoded == path);
    const SigV4Request request = {.method = "GET",
                                  .path = encoded,
                                  .query = {},
                                  .headers = {{"host", kExampleHost}},
                                  .payload_hash = std::string(kEmptyPayloadHash)};
    CHECK(CanonicalRequest(request) == "GET\n" + std::string(path) +
                                           "\n\nhost:examplebucket.s3.amazonaws.com\n\nhost\n" +
                                           std::string(kEmptyPayloadHash));
  }
}

TEST_CASE("SigV4: a query is sorted by name, then value, as encoded") {
  SigV4Request request = PublishedRequest({{"a-b", "1"},
                                           {"a", "z"},
                                           {"a", "b c"},
                                           {"\xc3\xa9", "/"},
                                           {"A", ""},
                                           {"a+", "+"},
                                           {"/", "/"}});
  const std::string canonical = CanonicalRequest(request);
  CHECK(canonical.starts_with("GET\n/\n%2F=%2F&%C3%A9=%2F&A=&a=b%20c&a=z&a%2B=%2B&a-b=1\n"));
}

TEST_CASE("SigV4: the session token is sent and signed") {
  Credentials keys = ExampleKeys();
  keys.session_token = "FwoGZXIvYXdzEBY//token+=";
  const S3Read read = {.host = kExampleHost, .path = "/test.txt", .extra = {}};
  const auto headers = Signed(read, ExampleScope(), keys);
  CHECK(headers.at("x-amz-security-token") == keys.session_token);
  CHECK(headers.at("authorization")
            .find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,") !=
        std::string::npos);
  CHECK_FALSE(Signed(read, ExampleScope(), ExampleKeys()).contains("x-amz-security-token"));
}

TEST_CASE("SigV4: the region is in the scope and in the signature") {
  const S3Read read = {.host = kExampleHost, .path = "/test.txt", .extra = {}};
  SigV4Scope scope = ExampleScope();
  scope.region = "eu-west-1";
  const std::string europe = Signed(read, scope, ExampleKeys()).at("authorization");
  CHECK(europe.find("/20130524/eu-west-1/s3/aws4_request, ") != std::string::npos);
  const auto signature = [](const std::string& text) { return text.substr(text.rfind('=') + 1); };
  CHECK(signature(europe) !=
        signature(Signed(read, ExampleScope(), ExampleKeys()).at("authorization")));
}

TEST_CASE("SigV4: HEAD and GET are signed as what they are") {
  CHECK(MethodName(ReadMethod::kGet) == "GET");
  CHECK(MethodName(ReadMethod::kHead) == "HEAD");
  S3Read read = {.host = kExampleHost, .path = "/test.txt", .extra = {}};
  const auto get = Signed(read, ExampleScope(), ExampleKeys()).at("authorization");
  read.method = ReadMethod::kHead;
  CHECK(Signed(read, ExampleScope(), ExampleKeys()).at("authorization") != get);
}

TEST_CASE("SigV4: the secret is in no header") {
  for (const auto& [name, value] : SignS3Headers({.host = kExampleHost, .path = "/x", .extra = {}},
                                                 ExampleScope(), ExampleKeys())) {
    CHECK(value.find(ExampleKeys().secret_access_key) == std::string::npos);
  }
}

TEST_CASE("AmzDate: is UTC, to the second") {
  const std::pair<std::time_t, const char*> rows[] = {
      {0, "19700101T000000Z"},
      {1369353600, "20130524T000000Z"},
      {1440938160, "20150830T123600Z"},
      {1709251199, "20240229T235959Z"},
  };
  for (const auto& [seconds, text] : rows) {
    CHECK(AmzDate(std::chrono::system_clock::from_time_t(seconds)) == text);
  }
}

}  // namespace
}  // namespace audiodl
