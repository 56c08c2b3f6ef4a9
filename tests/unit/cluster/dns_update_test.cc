// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/dns_update.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::string Answer(const std::string& status, const std::string& flags, const std::string& lines) {
  return ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: " + status + ", id: 60279\n" +
         ";; flags: " + flags + "; QUERY: 1, ANSWER: 1, AUTHORITY: 1, ADDITIONAL: 2\n\n" +
         ";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; ANSWER SECTION:\n" +
         lines;
}

TEST_CASE("ParseDig: addresses in an order of their own") {
  const auto found = ParseDig(Answer("NOERROR", "qr aa",
                                     "www.example.org.\t300\tIN\tA\t192.0.2.2\n"
                                     "www.example.org.\t300\tIN\tA\t192.0.2.1\n"),
                              "A");
  REQUIRE(found.ok());
  CHECK(found->ttl == 300);
  CHECK(found->addresses == std::vector<std::string>{"192.0.2.1", "192.0.2.2"});
  CHECK(found->Has("192.0.2.2"));
  CHECK_FALSE(found->Has("192.0.2.3"));
}

TEST_CASE("ParseDig: a name that does not exist has no addresses") {
  CHECK(ParseDig(Answer("NXDOMAIN", "qr aa", ""), "A")->addresses.empty());
  CHECK(ParseDig(Answer("NOERROR", "qr aa", ""), "AAAA")->addresses.empty());
}

TEST_CASE("ParseDig: says what no answer is good for") {
  struct Row {
    std::string output;
    Code code;
  };
  const Row rows[] = {
      {"", Code::kUnreachable},
      {";; Connection to 127.0.0.1#53 failed: connection refused.\n;; no servers could be "
       "reached\n",
       Code::kUnreachable},
      {Answer("SERVFAIL", "qr", ""), Code::kUnreachable},
      {Answer("REFUSED", "qr", ""), Code::kForbidden},
      {Answer("NOERROR", "qr rd ra", "www.example.org.\t300\tIN\tA\t192.0.2.2\n"), Code::kInvalid},
      {Answer("NOERROR", "qr aa", "www.example.org.\t300\tIN\tCNAME\tweb.example.org.\n"),
       Code::kInvalid},
  };
  for (const Row& row : rows) {
    CAPTURE(row.output);
    CHECK(ParseDig(row.output, "A").status().code() == row.code);
  }
}

TEST_CASE("ClassifyNsupdate: each refusal of a server by its name") {
  struct Row {
    const char* errors;
    Code code;
  };
  const Row rows[] = {
      {"update failed: NXRRSET\n", Code::kBusy},
      {"update failed: REFUSED\n", Code::kForbidden},
      {"; TSIG error with server: tsig indicates error\nupdate failed: NOTAUTH(BADSIG)\n",
       Code::kForbidden},
      {"update failed: NOTAUTH(BADKEY)\n", Code::kForbidden},
      {"update failed: NOTAUTH(BADTIME)\n", Code::kForbidden},
      {"update failed: NOTAUTH\n", Code::kInvalid},
      {"; Communication with 127.0.0.1#53 failed: REFUSED\ncould not reach any name server\n",
       Code::kInvalid},
      {"; Communication with 127.0.0.1#53 failed: timed out\ncould not reach any name server\n",
       Code::kUnreachable},
      {"couldn't get address for 'ns.invalid': not found\nsyntax error\n", Code::kUnreachable},
      {"could not read key from nofile.{private,key}: file not found\n", Code::kInvalid},
      {"something new\n", Code::kUnreachable},
  };
  for (const Row& row : rows) {
    CAPTURE(row.errors);
    CHECK(ClassifyNsupdate(2, row.errors).code() == row.code);
  }
  CHECK(ClassifyNsupdate(0, "").ok());
}

}  // namespace
}  // namespace audiodl
