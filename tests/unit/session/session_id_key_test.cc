// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_id_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// php -r 'echo hash_hmac("sha256", "8f14e45fceea167a5a36dedd4bea2543",
// "0123456789abcdef0123456789abcdef");'
constexpr std::string_view kId = "8f14e45fceea167a5a36dedd4bea2543";
constexpr std::string_view kStored =
    "0493ad5166a15cd491cfc73fdd06872aaad849d6a3325a05bb528e7fb198def8";

TEST_CASE("SessionIdKey: the id is stored as PHP's hash_hmac() has it") {
  const std::string_view texts[] = {
      "0123456789abcdef0123456789abcdef",
      "0123456789abcdef0123456789abcdef\n",
      "an-older-key\n0123456789abcdef0123456789abcdef\r\n",
      "base64MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
  };
  for (const std::string_view text : texts) {
    CAPTURE(text);
    const Result<SessionIdKey> key = SessionIdKey::Parse(text);
    REQUIRE(key.ok());
    CHECK(key->StoredId(kId) == kStored);
  }
}

TEST_CASE("SessionIdKey: no key is no key, and no message repeats one") {
  for (const char* const text : {"", " \n", "base64", "base64!SECRET", "older base64SECRE"}) {
    CAPTURE(text);
    const Result<SessionIdKey> key = SessionIdKey::Parse(text);
    REQUIRE_FALSE(key.ok());
    CHECK(key.status().code() == Code::kInvalid);
    CHECK(key.status().text().find("SECRE") == std::string::npos);
  }
}

TEST_CASE("SessionIdKey: a file that everybody may read is refused") {
  char path[] = "/tmp/audiodl-key-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  close(fd);
  std::ofstream(path) << "0123456789abcdef0123456789abcdef\n";
  CHECK(SessionIdKey::Read(path)->StoredId(kId) == kStored);
  chmod(path, 0644);
  const Status open_to_all = SessionIdKey::Read(path).status();
  CHECK(open_to_all.text().find("chmod o-rwx") != std::string::npos);
  unlink(path);
  CHECK(SessionIdKey::Read(path).status().text().find(path) != std::string::npos);
}

}  // namespace
}  // namespace audiodl
