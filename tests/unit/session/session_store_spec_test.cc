// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_store_spec.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Kind = SessionStoreSpec::Kind;

std::string Describe(const SessionStoreSpec& spec) {
  std::string text;
  for (const auto& server : spec.servers) {
    text += server.host + " " + std::to_string(server.port) + " ";
  }
  return text + spec.prefix;
}

TEST_CASE("SessionStoreSpec: what operators write") {
  const struct {
    const char* text;
    Kind kind;
    const char* expected;
  } cases[] = {
      {"dbd", Kind::kDatabase, ""},
      {"memcached://10.0.0.5", Kind::kMemcached, "10.0.0.5 11211 memc.sess.key."},
      {"memcached://a:1,b.example.org:2", Kind::kMemcached, "a 1 b.example.org 2 memc.sess.key."},
      {"memcached://a prefix=shop.", Kind::kMemcached, "a 11211 shop."},
      {"memcached://a prefix=", Kind::kMemcached, "a 11211 "},
      {"redis://localhost:6380", Kind::kRedis, "localhost 6380 PHPREDIS_SESSION:"},
      {"redis://[::1]:7", Kind::kRedis, "::1 7 PHPREDIS_SESSION:"},
      {"redis://[::1]", Kind::kRedis, "::1 6379 PHPREDIS_SESSION:"},
      {"redis://h \"prefix=x:\"", Kind::kRedis, "h 6379 x:"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const Result<SessionStoreSpec> spec = SessionStoreSpec::Parse(c.text);
    REQUIRE(spec.ok());
    CHECK(spec->kind == c.kind);
    CHECK(Describe(*spec) == c.expected);
  }
}

TEST_CASE("SessionStoreSpec: what is wrong is refused, and its password not repeated") {
  for (const char* text : {"",
                           "files",
                           "dbd extra",
                           "memcached:",
                           "memcached://",
                           "memcached://:11211",
                           "memcached://a:",
                           "memcached://a:0",
                           "memcached://a:65536",
                           "memcached://a:x",
                           "memcached://a,",
                           "memcached://a,,b",
                           "memcached://a b",
                           "redis://a/1",
                           "redis://:secret@a",
                           "redis://a,b",
                           "redis://[::1",
                           "redis://[]:1",
                           "redis://a;b",
                           "memcached://a weight=1",
                           "memcached://a \"prefix=x y\"",
                           "redis://[::1]x"}) {
    CAPTURE(text);
    const Result<SessionStoreSpec> spec = SessionStoreSpec::Parse(text);
    REQUIRE_FALSE(spec.ok());
    CHECK(spec.status().code() == Code::kInvalid);
    CHECK(spec.status().text().find("secret") == std::string::npos);
  }
  CHECK_FALSE(SessionStoreSpec::Parse("memcached://a prefix=" + std::string(200, 'x')).ok());
}

TEST_CASE("SessionStoreSpec: a key is the prefix and the session's id") {
  CHECK(SessionStoreSpec::Parse("redis://h")->KeyOf("abc") == "PHPREDIS_SESSION:abc");
  CHECK(SessionStoreSpec::Parse("memcached://h")->KeyOf("abc") == "memc.sess.key.abc");
}

}  // namespace
}  // namespace audiodl
