// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/cors_origins.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("CorsOrigins: as browsers write them") {
  const std::pair<const char*, const char*> rows[] = {
      {"https://player.example.org", "https://player.example.org"},
      {"HTTPS://Player.Example.ORG:443", "https://player.example.org"},
      {"http://localhost:80", "http://localhost"},
      {"http://localhost:8080", "http://localhost:8080"},
      {"https://example.org:80", "https://example.org:80"},
      {"http://[::1]:8080", "http://[::1]:8080"},
      {"https://[::1]", "https://[::1]"},
      {"https://xn--bcher-kva.example", "https://xn--bcher-kva.example"},
  };
  for (const auto& [written, sent] : rows) {
    CAPTURE(written);
    const Result<CorsOrigins> origins = CorsOrigins::Parse(written);
    REQUIRE(origins.ok());
    CHECK(origins->Allows(sent));
  }
}

TEST_CASE("CorsOrigins: those that were named and no others") {
  const CorsOrigins origins =
      CorsOrigins::Parse("https://player.example.org http://localhost:8080").value();
  CHECK_FALSE(origins.empty());
  CHECK(origins.Allows("http://localhost:8080"));
  for (const char* other :
       {"", "null", "*", "none", "https://example.org", "https://player.example.org.evil.org",
        "https://evilplayer.example.org", "http://player.example.org", "http://localhost",
        "https://player.example.org/", "https://player.example.org:443",
        "HTTPS://player.example.org", "https://player.example.org http://localhost:8080"}) {
    CAPTURE(other);
    CHECK_FALSE(origins.Allows(other));
  }
}

TEST_CASE("CorsOrigins: nobody") {
  CHECK(CorsOrigins().empty());
  CHECK(CorsOrigins::Parse("none").value().empty());
  CHECK_FALSE(CorsOrigins().Allows(""));
  CHECK_FALSE(CorsOrigins::Parse("none").value().Allows("none"));
}

TEST_CASE("CorsOrigins: what is no origin is refused, with the word and the reason") {
  const std::pair<const char*, const char*> rows[] = {
      {"", "names no origin"},
      {"*", "refuse"},
      {"null", "https://"},
      {"player.example.org", "https://"},
      {"ftp://example.org", "https://"},
      {"https://example.org/", "path"},
      {"https://example.org/player", "path"},
      {"https://", "host"},
      {"https://exa mple.org", "https://"},
      {"https://*.example.org", "host"},
      {"https://user@example.org", "host"},
      {"https://[::1", "host"},
      {"https://[]", "host"},
      {"https://bücher.example", "host"},
      {"https://example.org:", "port"},
      {"https://example.org:0", "port"},
      {"https://example.org:65536", "port"},
      {"https://example.org:x", "port"},
      {"https://good.example none", "https://"},
  };
  for (const auto& [words, reason] : rows) {
    CAPTURE(words);
    const Result<CorsOrigins> origins = CorsOrigins::Parse(words);
    REQUIRE_FALSE(origins.ok());
    CHECK(origins.status().text().find(reason) != std::string::npos);
  }
}

}  // namespace
}  // namespace audiodl
