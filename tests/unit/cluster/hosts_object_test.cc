// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/hosts_object.h"

#include "common/base/digest.h"
#include "common/cluster/host_names.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

HostsObject Some() {
  return HostsObject::Make({{"10.0.0.5", {"dbserver", "db1"}}, {"fd00::6", {"replserver"}}},
                           1795773600, sys_seconds(seconds(1795773600)));
}

// An object with these lines between its head and its tail, and the digest that belongs to it.
std::string WithLines(const std::string& lines) {
  const std::string covered =
      "# audiodl hosts 1\n# serial 7\n# written 2026-11-27T10:00:00Z\n" + lines;
  return covered + "# sha256 " + HexEncode(Sha256Of(covered)) + "\n# end\n";
}

TEST_CASE("HostsObject: what is made is parsed again, to the byte") {
  const HostsObject made = Some();
  CHECK(made.text() ==
        "# audiodl hosts 1\n# serial 1795773600\n# written 2026-11-27T10:00:00Z\n"
        "10.0.0.5\tdbserver db1\nfd00::6\treplserver\n# sha256 "
        "5230d4b36bd335cc29823c51248dbbf73d68856946518069766c35493b215b6a\n# end\n");
  const Result<HostsObject> parsed = HostsObject::Parse(made.text());
  REQUIRE(parsed.ok());
  CHECK(parsed->text() == made.text());
  CHECK(parsed->serial() == 1795773600);
  CHECK(parsed->written() == made.written());
  CHECK(parsed->lines() == made.lines());
}

TEST_CASE("HostsObject: finds names in any case, and each once") {
  const HostsObject object = Some();
  CHECK(object.AddressesOf("DBServer") == std::vector<std::string>{"10.0.0.5"});
  CHECK(object.AddressesOf("db").empty());
  CHECK(object.Names() == std::vector<std::string>{"dbserver", "db1", "replserver"});
  CHECK_FALSE(object.HasLoopback());
}

TEST_CASE("HostsObject: cut anywhere, it is refused") {
  const std::string whole = Some().text();
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(HostsObject::Parse(whole.substr(0, size)).ok());
  }
}

TEST_CASE("HostsObject: with any byte changed, it is refused") {
  const std::string whole = Some().text();
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const char flip : {'\x01', '\x20', '\x80'}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      CAPTURE(at, changed);
      CHECK_FALSE(HostsObject::Parse(changed).ok());
    }
  }
}

TEST_CASE("HostsObject: says what is wrong, and where") {
  struct Row {
    std::string text;
    const char* says;
  };
  const Row rows[] = {
      {"", "it is empty"},
      {"<!DOCTYPE html><html>503</html>", "it is an HTML or XML page"},
      {"\n\n  <html>\n", "it is an HTML or XML page"},
      {"127.0.0.1 localhost\n", "its first line is not \"# audiodl hosts 1\""},
      {"# audiodl hosts 2\n# end\n", "its first line is not \"# audiodl hosts 1\""},
      {std::string(70'000, 'x'), "it is larger than 64 KiB"},
      {WithLines(""), "it names no host"},
      {WithLines("10.0.0.5\n"), "line 4: is not an address and at least one name"},
      {WithLines("10.0.0.5 db\ndbserver 10.0.0.6\n"),
       "line 5: the address \"dbserver\" is no IP address"},
      {WithLines("10.0.0.5 localhost\n"), "line 4: the name \"localhost\" is every machine's own"},
      {WithLines("10.0.0.5 db\xc3\xa4\n"), "it has bytes that are no plain text"},
      {WithLines("10.0.0.5 db\r\n"), "it has bytes that are no plain text"},
      {WithLines("10.0.0.5 db # note\n"),
       "line 4: the name \"#\" has characters other than letters, digits, hyphens and dots"},
      {WithLines("10.0.0.5 db\n# note\n"), "line 5: is not \"# sha256 DIGEST\""},
      {WithLines("\n10.0.0.5 db\n"), "line 4: is not an address and at least one name"},
      {WithLines("0.0.0.0 db\n"),
       "line 4: the address \"0.0.0.0\" is in 0.0.0.0/8, which is no "
       "machine's"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<HostsObject> parsed = HostsObject::Parse(row.text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().text() == row.says);
  }
}

TEST_CASE("HostsObject: more behind its end is refused") {
  CHECK(HostsObject::Parse(WithLines("10.0.0.5 db\n")).ok());
  CHECK_FALSE(HostsObject::Parse(WithLines("10.0.0.5 db\n") + "10.0.0.6 evil\n").ok());
  CHECK_FALSE(HostsObject::Parse(WithLines("10.0.0.5 db\n") + "# end\n").ok());
}

TEST_CASE("HostAddress: takes what one machine can have") {
  for (const char* good : {"10.0.0.5", "192.168.1.255", "8.8.8.8", "2001:db8::1", "fd00::1"}) {
    CAPTURE(good);
    CHECK(HostAddress::Parse(good).ok());
  }
  for (const char* bad :
       {"", "10.0.0", "10.0.0.256", "010.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "169.254.169.254", "::", "ff02::1", "fe80::1", "fe80::1%eth0", "::ffff:10.0.0.5",
        "::10.0.0.5", "10.0.0.5/24", "[2001:db8::1]", "db"}) {
    CAPTURE(bad);
    CHECK_FALSE(HostAddress::Parse(bad).ok());
  }
  CHECK(HostAddress::Parse("127.0.0.9")->loopback);
  CHECK(HostAddress::Parse("::1")->loopback);
  CHECK(HostAddress::Parse("2001:0DB8:0::1")->text == "2001:db8::1");
}

TEST_CASE("CheckHostName: what RFC 1123 allows") {
  for (const char* good : {"db", "db-1", "1db", "a.b.example", "DB"}) {
    CAPTURE(good);
    CHECK(CheckHostName(good).ok());
  }
  const std::string label(63, 'a');
  CHECK(CheckHostName(label).ok());
  CHECK_FALSE(CheckHostName(label + "a").ok());
  CHECK_FALSE(CheckHostName(label + "." + label + "." + label + "." + label).ok());
  for (const char* bad :
       {"", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a b", "1", "10.0.0.5", "a.5"}) {
    CAPTURE(bad);
    CHECK_FALSE(CheckHostName(bad).ok());
  }
}

}  // namespace
}  // namespace audiodl
