// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/link/signed_link.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"
#include "tests/unit/link/sample_keys.h"

namespace audiodl {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const LinkClaims kClaims{"42", "fantasy/dune", kNow + hours(24)};

std::string Link(const LinkClaims& claims = kClaims, std::string_view key = "k2") {
  return MakeLinkQuery(claims, *SampleKeys().Find(key)).value();
}

LinkCheck Check(std::string_view query, std::string_view book = "fantasy/dune",
                std::chrono::sys_seconds now = kNow) {
  static const LinkKeySet kKeys = SampleKeys();
  return CheckLink(query, book, kKeys, now);
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// Computed with: printf 'audiodl-link-1\nk2\n42\nfantasy/dune\n1790086400' |
//   openssl dgst -sha256 -hmac aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -binary | base64 | tr +/ -_
TEST_CASE("SignedLink: the signature is the documented one") {
  CHECK(Link() == "alc=42&alx=1790086400&alk=k2&als=hANcNUvgmAy4u6H2oG9kUmax5ia4SscRWrdrLaL3foo");
}

TEST_CASE("SignedLink: who made it for this book may have it") {
  const LinkCheck check = Check(Link());
  CHECK(check.verdict == LinkVerdict::kGood);
  CHECK(check.customer == "42");
  CHECK(check.why.empty());
}

TEST_CASE("SignedLink: names and books of any characters") {
  for (const std::string customer :
       {"o'brien \"ü\" \\ -- %s&alc=7", "日本", "a@b.example", "~.-_"}) {
    for (const std::string book : {"a", "a/b/c", "Émile & Söhne", "100%", "x?y#z", "a\xff\xfe"}) {
      const std::string link = Link({customer, book, kNow + hours(1)});
      CAPTURE(link);
      CHECK(Check(link, book).verdict == LinkVerdict::kGood);
      CHECK(Check(link, book).customer == customer);
      CHECK(Check(link, book + "x").verdict == LinkVerdict::kInvalid);
    }
  }
}

TEST_CASE("SignedLink: what could not be told apart is not signed") {
  const LinkKeySet keys = SampleKeys();
  const struct {
    LinkClaims claims;
  } kTable[] = {{{"", "a", kNow}},
                {{"a\nb", "a", kNow}},
                {{std::string(256, 'c'), "a", kNow}},
                {{"\xff", "a", kNow}},
                {{"42", "", kNow}},
                {{"42", "a\nb", kNow}},
                {{"42", "/a", kNow}},
                {{"42", "a/", kNow}},
                {{"42", "a//b", kNow}},
                {{"42", "a/../b", kNow}},
                {{"42", ".a", kNow}},
                {{"42", "a", std::chrono::sys_seconds(seconds(-1))}},
                {{"42", "a", std::chrono::sys_seconds(seconds(9'000'000'001))}}};
  for (const auto& row : kTable) {
    CAPTURE(row.claims.customer, row.claims.book);
    CHECK(MakeLinkQuery(row.claims, *keys.Find("k2")).status().code() == Code::kInvalid);
  }
}

TEST_CASE("SignedLink: another book, customer or time is refused") {
  CHECK(Check(Link(), "fantasy").verdict == LinkVerdict::kInvalid);
  CHECK(Check(Link(), "fantasy/dune/extra").verdict == LinkVerdict::kInvalid);
  CHECK(Check(Link(), "fantasy/Dune").verdict == LinkVerdict::kInvalid);
  CHECK(Check(Replaced(Link(), "alc=42", "alc=43")).verdict == LinkVerdict::kInvalid);
  CHECK(Check(Replaced(Link(), "alx=1", "alx=2")).verdict == LinkVerdict::kInvalid);
  CHECK(Check(Replaced(Link(), "alk=k2", "alk=k1")).verdict == LinkVerdict::kInvalid);
  CHECK(Check(Replaced(Link(), "alk=k2", "alk=k3")).verdict == LinkVerdict::kInvalid);
  CHECK(Check(Link()).customer == "42");
  CHECK(Check(Link(), "fantasy").customer.empty());
}

TEST_CASE("SignedLink: any byte that is altered, added or cut off makes it invalid") {
  const std::string link = Link();
  for (size_t i = 0; i < link.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string altered = link;
      altered[i] = static_cast<char>(byte);
      if (altered == link) continue;
      CAPTURE(altered);
      REQUIRE(Check(altered).verdict == LinkVerdict::kInvalid);
    }
    CAPTURE(i);
    REQUIRE(Check(link.substr(0, i)).verdict != LinkVerdict::kGood);
    REQUIRE(Check(link.substr(0, i) + link.substr(i + 1)).verdict == LinkVerdict::kInvalid);
  }
  for (const char* tail : {"=", "A", "%00", "%3D", "=="}) {
    CHECK(Check(link + tail).verdict == LinkVerdict::kInvalid);
  }
}

TEST_CASE("SignedLink: other spellings of the same values are refused") {
  const std::string link = Link();
  const std::string table[] = {
      Replaced(link, "alc=42", "alc=%34%32"),
      Replaced(link, "alx=", "alx=0"),
      Replaced(link, "alx=", "alx=+"),
      Replaced(link, "alx=", "alx=%20"),
      Replaced(link, "alc=", "ALC="),
      Replaced(link, "alc=", "%61lc="),
      Replaced(link, "alc=", "alc[]="),
      Replaced(link, "alc=", " alc="),
      Replaced(link, "alk=k2", "alk=K2"),
      Replaced(link, "alk=k2", "alk=%6B2"),
      Replaced(link, "&als=", "&als=&als="),
      link + "&" + link,
      link + "&alc=42",
      link + "&ALC=42",
      link + "&alc",
      link + "&alc%5B%5D=42",
      Replaced(link, "alc=42&", ""),
      "alc=42",
      "als",
  };
  for (const std::string& query : table) {
    CAPTURE(query);
    CHECK(Check(query).verdict == LinkVerdict::kInvalid);
    CHECK_FALSE(Check(query).why.empty());
  }
}

TEST_CASE("SignedLink: escapes have capital digits and stand only where needed") {
  const std::string link = Link({"ä b", "x", kNow + hours(1)});
  CHECK(link.starts_with("alc=%C3%A4%20b&"));
  CHECK(Check(Replaced(link, "%C3%A4", "%c3%a4"), "x").verdict == LinkVerdict::kInvalid);
  CHECK(Check(Replaced(link, "%20", "+"), "x").verdict == LinkVerdict::kInvalid);
  CHECK(Check(Replaced(link, "%C3%A4", "ä"), "x").verdict == LinkVerdict::kInvalid);
}

TEST_CASE("SignedLink: other parameters and their order mean nothing") {
  const std::string link = Link();
  CHECK(Check("utm=1&" + link + "&x").verdict == LinkVerdict::kGood);
  CHECK(Check(link + "&").verdict == LinkVerdict::kGood);
  const size_t cut = link.find("&alk=");
  CHECK(Check(link.substr(cut + 1) + "&" + link.substr(0, cut)).verdict == LinkVerdict::kGood);
}

TEST_CASE("SignedLink: no link is not a bad link") {
  for (const char* query : {"", "&", "utm=1", "also=alc=42", "al=c", "customer=alc"}) {
    CAPTURE(query);
    CHECK(Check(query).verdict == LinkVerdict::kAbsent);
  }
}

TEST_CASE("SignedLink: it ends in the second that it names, and says so only where it was good") {
  const std::string link = Link();
  CHECK(Check(link, "fantasy/dune", kClaims.expires - seconds(1)).verdict == LinkVerdict::kGood);
  const LinkCheck late = Check(link, "fantasy/dune", kClaims.expires);
  CHECK(late.verdict == LinkVerdict::kExpired);
  CHECK(late.customer == "42");
  CHECK(late.why == "it ended at 2026-09-22T14:13:20Z");
  CHECK(Check(link, "other", kClaims.expires).verdict == LinkVerdict::kInvalid);
}

TEST_CASE("SignedLink: an old key verifies until it is retired") {
  const LinkClaims claims{"42", "fantasy/dune", kNow + hours(24 * 365)};
  const std::string link = Link(claims, "k1");
  CHECK(Check(link).verdict == LinkVerdict::kGood);
  const auto retired = *SampleKeys().Find("k1")->not_after;
  CHECK(Check(link, "fantasy/dune", retired - seconds(1)).verdict == LinkVerdict::kGood);
  CHECK(Check(link, "fantasy/dune", retired).verdict == LinkVerdict::kExpired);
  CHECK(Check(link, "fantasy/dune", retired).why ==
        "its key k1 was retired at 2026-12-01T00:00:00Z");
}

// Computed with openssl as above, from audiodl-link-2\nk2\n42\nfantasy/dune\n1790086400\nphone.
TEST_CASE("SignedLink: a device is part of what is signed") {
  const LinkClaims claims{"42", "fantasy/dune", kClaims.expires, "phone"};
  const std::string link = Link(claims);
  CHECK(link ==
        "alc=42&ald=phone&alx=1790086400&alk=k2&als=FA4UaH-jXclq5RC8VAtWE7t4ZM_lo9AQBCaIXWE-WbA");
  const LinkCheck check = Check(link);
  CHECK(check.verdict == LinkVerdict::kGood);
  CHECK(check.device == "phone");
  CHECK(check.expires == kClaims.expires);
  REQUIRE(check.key != nullptr);
  CHECK(check.key->id == "k2");
  for (const char* other :
       {"ald=phones", "ald=Phone", "ald=", "ald", "ald=phone&ald=phone", "x=1"}) {
    CAPTURE(other);
    CHECK(Check(Replaced(link, "ald=phone", other)).verdict == LinkVerdict::kInvalid);
  }
  CHECK(Check(Link() + "&ald=phone").verdict == LinkVerdict::kInvalid);
  CHECK(Check(Link() + "&ald=").verdict == LinkVerdict::kInvalid);
}

// From audiodl-link-2\nk2\n42\n\n1790086400\nphone.
TEST_CASE("SignedLink: a link to the library opens no book, and a book's link no library") {
  const std::string link = Link({"42", "", kClaims.expires, "phone"});
  CHECK(link ==
        "alc=42&ald=phone&alx=1790086400&alk=k2&als=OND9h0809w2lW7EI4K9OXFeSCj_srwSMrLBprvwxOG0");
  CHECK(Check(link, "").verdict == LinkVerdict::kGood);
  CHECK(Check(link, "").customer == "42");
  CHECK(Check(link, "fantasy/dune").verdict == LinkVerdict::kInvalid);
  CHECK(Check(Link({"42", "fantasy/dune", kClaims.expires, "phone"}), "").verdict ==
        LinkVerdict::kInvalid);
  CHECK(Check(Link(), "").verdict == LinkVerdict::kInvalid);
}

TEST_CASE("SignedLink: devices have short names of any letters") {
  for (const std::string device : {"a", "Mum's phone & car", "電話", "x&alc=7"}) {
    CAPTURE(device);
    const std::string link = Link({"42", "b", kClaims.expires, device});
    CHECK(Check(link, "b").verdict == LinkVerdict::kGood);
    CHECK(Check(link, "b").device == device);
  }
  const LinkKeySet keys = SampleKeys();
  for (const std::string& device :
       {std::string("a\nb"), std::string(65, 'd'), std::string("\xff")}) {
    CAPTURE(device);
    CHECK_FALSE(IsDeviceName(device));
    CHECK_FALSE(MakeLinkQuery({"42", "b", kNow, device}, *keys.Find("k2")).ok());
  }
  CHECK_FALSE(IsDeviceName(""));
  CHECK(IsDeviceName(std::string(64, 'd')));
}

TEST_CASE("SignedLink: a link's own parameters, without what else stands there") {
  const std::string link = Link({"42", "b", kClaims.expires, "phone"});
  CHECK(LinkAlone(link) == link);
  CHECK(LinkAlone("format=rss&" + link + "&utm=1") == link);
  CHECK(LinkAlone("format=rss").empty());
}

TEST_CASE("SignedLink: a query without what belongs to a link") {
  const std::string link = Link();
  const struct {
    std::string query, expected;
  } kTable[] = {{"", ""},
                {link, ""},
                {Replaced(link, "alc=42", "alc=42&ald=x"), ""},
                {"a=1&" + link + "&b", "a=1&b"},
                {"ALC=1&x=%61lc&%61lS=3", "x=%61lc"}};
  for (const auto& row : kTable) CHECK(WithoutLink(row.query) == row.expected);
}

}  // namespace
}  // namespace audiodl
