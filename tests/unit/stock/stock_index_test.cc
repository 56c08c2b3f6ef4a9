// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/stock_index.h"

#include <set>

#include "common/link/base64url.h"
#include "common/stock/drop_guard.h"
#include "common/stock/gzip.h"
#include "common/stock/index_text.h"
#include "tests/unit/catch.h"
#include "tests/unit/stock/sample_listing.h"

namespace audiodl {
namespace {

IndexSigningKey NewKey() { return std::move(IndexSigningKey::Parse(NewIndexKeyPem()).value()); }

IndexVerifyKeys PublicOf(const IndexSigningKey& key) {
  return std::move(IndexVerifyKeys::Parse(key.PublicPem()).value());
}

ListingContents Unpack(const StockIndex& index, const std::map<std::string, std::string>& stored) {
  ListingContents contents;
  for (const IndexPart& part : index.parts) {
    const std::string& bytes =
        part.is_inline ? index.inline_parts.at(part.sha256) : stored.at(part.sha256);
    const Status status = UnpackPart(part, bytes, contents);
    INFO(status.text());
    REQUIRE(status.ok());
  }
  return contents;
}

StockIndex Packed(const ListingContents& contents) {
  StockIndex index = PackListing(contents, "s3://books/prod").index;
  index.serial = 7;
  index.created = 1764230400;
  index.forced = 3;
  return index;
}

TEST_CASE("StockIndex: a small listing is one object, and comes back as it was") {
  const IndexSigningKey key = NewKey();
  ListingContents contents = SampleListing(5, 30);
  contents.books["gone"].withdrawn["1.mp3"] = 1764230400;
  contents.books["shelf/book 1"].manifest = std::string("\nbook x\nmanifest 5\n\0\xff", 21);
  const PackedListing packed = PackListing(contents, "s3://books/prod");
  CHECK(packed.stored.empty());
  const Result<StockIndex> opened = StockIndex::Open(Packed(contents).Signed(key), PublicOf(key));
  INFO(opened.status().text());
  REQUIRE(opened.ok());
  CHECK(opened->stock == "s3://books/prod");
  CHECK(opened->serial == 7);
  CHECK(opened->created == 1764230400);
  CHECK(opened->forced == 3);
  CHECK(opened->markers == 150);
  CHECK(Unpack(*opened, {}) == contents);
}

TEST_CASE("StockIndex: of a large listing, one book changes one part") {
  ListingContents contents = SampleListing(400, 50);
  for (auto& [name, book] : contents.books) {
    for (int i = 0; i < 40; ++i)
      book.manifest += std::to_string(std::hash<std::string>()(name + std::to_string(i)));
  }
  const PackedListing before = PackListing(contents, "s3://books");
  REQUIRE(before.index.inline_parts.empty());
  CHECK(before.index.parts.size() == 64);
  CHECK(Unpack(before.index, before.stored) == contents);
  contents.books["shelf/book 7"].markers["0.mp3"] += 1;
  const PackedListing after = PackListing(contents, "s3://books");
  size_t changed = 0;
  for (const auto& [sha256, bytes] : after.stored) changed += before.stored.count(sha256) == 0;
  CHECK(changed == 1);
}

TEST_CASE("StockIndex: an empty listing can be signed, too") {
  const IndexSigningKey key = NewKey();
  const Result<StockIndex> opened =
      StockIndex::Open(Packed(ListingContents()).Signed(key), PublicOf(key));
  REQUIRE(opened.ok());
  CHECK(Unpack(*opened, {}) == ListingContents());
}

TEST_CASE("StockIndex: no byte can be changed, added or left out") {
  const IndexSigningKey key = NewKey();
  const IndexVerifyKeys keys = PublicOf(key);
  const std::string good = Packed(SampleListing(2, 3)).Signed(key);
  REQUIRE(StockIndex::Open(good, keys).ok());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    if (StockIndex::Open(bad, keys).ok()) FAIL("byte " << i << " was changed");
    if (StockIndex::Open(good.substr(0, i), keys).ok()) FAIL("cut to " << i << " bytes");
  }
  CHECK_FALSE(StockIndex::Open(good + "x", keys).ok());
}

TEST_CASE("StockIndex: another's key is not believed, a second of ours is") {
  const IndexSigningKey key = NewKey(), next = NewKey(), other = NewKey();
  const auto keys = IndexVerifyKeys::Parse(key.PublicPem() + next.PublicPem());
  REQUIRE(keys.ok());
  const StockIndex index = Packed(SampleListing(1, 1));
  CHECK(StockIndex::Open(index.Signed(key), *keys).ok());
  CHECK(StockIndex::Open(index.Signed(next), *keys).ok());
  CHECK(StockIndex::Open(index.Signed(other), *keys).status().code() == Code::kForbidden);
}

TEST_CASE("StockIndex: a later format says so, once it is known to be ours") {
  const IndexSigningKey key = NewKey();
  std::string object = "audiodl-index 2\nsurprise\n";
  CHECK(StockIndex::Open(object, PublicOf(key)).status().text() ==
        "the index is not signed, or is cut");
  const std::string signature = key.Sign(object);
  object += "signed " + key.id() + " " +
            Base64Text({reinterpret_cast<const uint8_t*>(signature.data()), signature.size()}) +
            "\n";
  const Status later = StockIndex::Open(object, PublicOf(key)).status();
  CHECK(later.text().find("later format") != std::string::npos);
  CHECK(StockIndex::Open("<html>", PublicOf(key)).status().code() == Code::kInvalid);
}

TEST_CASE("IndexKeys: what is no such key is named") {
  CHECK(IndexVerifyKeys::Parse("nonsense").status().code() == Code::kInvalid);
  CHECK(IndexSigningKey::Parse(NewKey().PublicPem()).status().code() == Code::kInvalid);
  const std::string p256 =
      "-----BEGIN PUBLIC KEY-----\n"
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
      "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
      "-----END PUBLIC KEY-----\n";
  CHECK(IndexVerifyKeys::Parse(p256).status().text() == "it is a key, but none for Ed25519");
}

TEST_CASE("ReadIndexPart: refuses what no index of ours says") {
  const char* const kBad[] = {
      "marker 1 a.mp3\n",
      "book a",
      "book \n",
      "book ../a\n",
      "book .a\n",
      "book a\nbook a\n",
      "book a\nmarker x 1.mp3\n",
      "book a\nmarker 1 \n",
      "book a\nmarker 1 b/1.mp3\n",
      "book a\nmarker 1 ..\n",
      "book a\nmarker 99999999999999999999 1.mp3\n",
      "book a\nmarker 1 1.mp3\nmarker 2 1.mp3\n",
      "book a\nmanifest 3\n{}\n",
      "book a\nmanifest 0\n\n",
      "book a\nmanifest 99\n{}\n",
      "book a\nmanifest 2\n{}\nmanifest 2\n{}\n",
      "book a\nfrob 1\n",
  };
  for (const char* text : kBad) {
    INFO(text);
    ListingContents contents;
    CHECK_FALSE(ReadIndexPart(text, contents).ok());
  }
}

TEST_CASE("Gunzip: what Gzip made, and nothing else") {
  const std::string text(1000000, 'x');
  const std::string packed = Gzip(text);
  CHECK(packed.size() < 10000);
  CHECK(Gzip(text) == packed);
  CHECK(*Gunzip(packed, text.size()) == text);
  CHECK(*Gunzip(Gzip(""), 0) == "");
  CHECK_FALSE(Gunzip(packed, text.size() - 1).ok());
  CHECK_FALSE(Gunzip(packed.substr(0, packed.size() - 1), text.size()).ok());
  CHECK_FALSE(Gunzip(packed + "x", text.size()).ok());
  CHECK_FALSE(Gunzip("", 10).ok());
  CHECK_FALSE(Gunzip("plain", 10).ok());
}

TEST_CASE("StockName: the same however a server reaches the bucket") {
  CHECK(StockName(*Origin::Parse("s3://books/prod endpoint=http://10.0.0.1:9000")) ==
        StockName(*Origin::Parse("s3://books/prod region=eu-west-1")));
  CHECK(StockName(*Origin::Parse("s3://books")) == "s3://books");
  CHECK(IndexKeyOf(*Origin::Parse("s3://books/prod")) == "prod/.audiodl/index");
  CHECK(IndexKeyOf(*Origin::Parse("s3://books")) == ".audiodl/index");
}

TEST_CASE("DropGuard: refuses more than its share") {
  struct Case {
    const char* share;
    size_t had, dropped;
    bool ok;
  };
  for (const Case& c :
       {Case{"5%", 100, 5, true}, Case{"5%", 100, 6, false}, Case{"5%", 0, 0, true},
        Case{"5%", 10, 1, false}, Case{"0%", 100, 1, false}, Case{"0%", 100, 0, true},
        Case{"100%", 7, 7, true}, Case{"2.5%", 1000, 25, true}, Case{"2.5%", 1000, 26, false}}) {
    INFO(c.share << " " << c.dropped << " of " << c.had);
    const Result<DropGuard> guard = DropGuard::Parse(c.share);
    REQUIRE(guard.ok());
    CHECK(guard->Check(c.had, c.dropped, "--force").ok() == c.ok);
  }
  for (const char* bad : {"5", "101%", "-1%", "5G", "", "x%"}) {
    CHECK_FALSE(DropGuard::Parse(bad).ok());
  }
}

}  // namespace
}  // namespace audiodl
