// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/link/link_key_set.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/link/sample_keys.h"

namespace audiodl {
namespace {

using std::chrono::days;

constexpr char kGoodKey[] = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";

TEST_CASE("LinkKeySet: keys with their ids and ends, in the file's order") {
  const LinkKeySet keys = SampleKeys();
  REQUIRE(keys.Find("k2") != nullptr);
  CHECK(keys.Find("k2")->secret == std::string(32, 'a'));
  CHECK_FALSE(keys.Find("k2")->not_after.has_value());
  REQUIRE(keys.Find("k1") != nullptr);
  CHECK(keys.Find("k1")->secret == std::string(33, 'b'));
  CHECK(keys.Find("k1")->not_after.has_value());
  CHECK(keys.Find("K1") == nullptr);
  CHECK(keys.Find("") == nullptr);
}

TEST_CASE("LinkKeySet: the first key signs, and when it is retired the next") {
  CHECK(SampleKeys().SigningKey(kNow)->id == "k2");
  const std::string good = kGoodKey;
  const LinkKeySet keys =
      LinkKeySet::Parse("a " + good + " not-after=2026-09-22T00:00:00Z\nb " + good).value();
  CHECK(keys.SigningKey(kNow)->id == "a");
  CHECK(keys.SigningKey(kNow + days(2))->id == "b");
  const LinkKeySet old = LinkKeySet::Parse("a " + good + " not-after=2020-01-01T00:00:00Z").value();
  CHECK(old.SigningKey(kNow) == nullptr);
}

TEST_CASE("LinkKeySet: mistakes are named with their line, and no key is repeated") {
  const std::string good = kGoodKey;
  const struct {
    std::string text, expected;
  } kTable[] = {
      {"", "no key"},
      {"# only\n\n  # comments\n", "no key"},
      {"k1", "line 1: a line is KEYID"},
      {"k1 " + good + " not-after=2026-12-31T00:00:00Z more", "line 1: a line is KEYID"},
      {"\nk1 " + good + "\nk1 " + good, "line 3: that id stands further up"},
      {"k/1 " + good, "line 1: a key's id"},
      {"abcdefghijklmnopq " + good, "line 1: a key's id"},
      {"k1 c2hvcnQ=", "line 1: a key has 32 to 64 bytes, this one has 5"},
      {"k1 " + good.substr(0, 43), "line 1: the second word is no base64"},
      {"k1 " + good.substr(0, 42) + "F=", "line 1: the second word is no base64"},
      {"k1 " + good + " until=2026-12-31T00:00:00Z", "line 1: the third word"},
      {"k1 " + good + " not-after=tomorrow", "line 1: not-after is no time"},
      {"k1 " + good + " not-after=2026-13-31T00:00:00Z", "line 1: not-after is no time"},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    const Result<LinkKeySet> keys = LinkKeySet::Parse(row.text);
    REQUIRE_FALSE(keys.ok());
    CHECK(keys.status().code() == Code::kInvalid);
    CHECK_THAT(keys.status().text(), Catch::Matchers::Contains(row.expected));
    CHECK(keys.status().text().find(good.substr(0, 10)) == std::string::npos);
  }
}

TEST_CASE("LinkKeySet: a file that others could read or write is refused") {
  const TempDir dir;
  const std::string path = dir.path() + "/keys";
  CHECK(LinkKeySet::Read(path).status().code() == Code::kNotFound);
  std::ofstream(path) << kKeyFile;
  for (const mode_t mode : {0644, 0640, 0604, 0620, 0602, 0610}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    const Result<LinkKeySet> keys = LinkKeySet::Read(path);
    CAPTURE(mode);
    REQUIRE_FALSE(keys.ok());
    CHECK(keys.status().text() == path + " is open to others than its owner: chmod 0600 " + path);
  }
  REQUIRE(chmod(path.c_str(), 0600) == 0);
  CHECK(LinkKeySet::Read(path).ok());
  CHECK_FALSE(LinkKeySet::Read(dir.path()).ok());
  if (geteuid() == 0) {
    REQUIRE(chown(path.c_str(), 12345, 12345) == 0);
    CHECK_THAT(LinkKeySet::Read(path).status().text(), Catch::Matchers::Contains("chown root"));
  }
}

TEST_CASE("LinkKeySet: a file's mistake is named with its path") {
  const TempDir dir;
  const std::string path = dir.path() + "/keys";
  std::ofstream(path) << "nonsense\n";
  REQUIRE(chmod(path.c_str(), 0600) == 0);
  CHECK_THAT(LinkKeySet::Read(path).status().text(),
             Catch::Matchers::StartsWith(path + ": line 1: "));
}

TEST_CASE("NewLinkKeyLine: what it makes is read, and is another each time") {
  const std::string one = NewLinkKeyLine("k_2-A");
  const LinkKeySet keys = LinkKeySet::Parse(one).value();
  CHECK(keys.Find("k_2-A")->secret.size() == 32);
  CHECK(NewLinkKeyLine("k_2-A") != one);
}

}  // namespace
}  // namespace audiodl
