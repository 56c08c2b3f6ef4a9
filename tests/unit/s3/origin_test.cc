// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/origin.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

Origin Parsed(std::string_view text) {
  Result<Origin> origin = Origin::Parse(text);
  INFO(text << ": " << origin.status().text());
  REQUIRE(origin.ok());
  return std::move(origin).value();
}

TEST_CASE("Origin: a bucket alone is AWS's in us-east-1") {
  const Origin origin = Parsed("s3://books");
  CHECK(origin.kind == Origin::Kind::kS3);
  CHECK(origin.bucket == "books");
  CHECK(origin.prefix.empty());
  CHECK(origin.region == "us-east-1");
  CHECK(origin.style == Origin::Style::kVirtual);
  CHECK(origin.UrlFor("a/b.mp3") == "https://books.s3.us-east-1.amazonaws.com/a/b.mp3");
}

TEST_CASE("Origin: style, endpoint and region decide host, path and URL") {
  struct Row {
    const char* text;
    const char* host;
    const char* url;  // of "book/c 1.mp3"
  };
  const Row rows[] = {
      {"s3://books/prod region=eu-west-1", "books.s3.eu-west-1.amazonaws.com",
       "https://books.s3.eu-west-1.amazonaws.com/prod/book/c%201.mp3"},
      {"s3://books/prod style=path region=eu-west-1", "s3.eu-west-1.amazonaws.com",
       "https://s3.eu-west-1.amazonaws.com/books/prod/book/c%201.mp3"},
      {"s3://books region=cn-north-1", "books.s3.cn-north-1.amazonaws.com.cn",
       "https://books.s3.cn-north-1.amazonaws.com.cn/book/c%201.mp3"},
      {"s3://books endpoint=http://127.0.0.1:9000", "127.0.0.1:9000",
       "http://127.0.0.1:9000/books/book/c%201.mp3"},
      {"s3://books endpoint=http://[::1]:9000", "[::1]:9000",
       "http://[::1]:9000/books/book/c%201.mp3"},
      {"s3://books endpoint=http://[2001:DB8::1]", "[2001:db8::1]",
       "http://[2001:db8::1]/books/book/c%201.mp3"},
      {"s3://books endpoint=https://ceph.example.org/", "ceph.example.org",
       "https://ceph.example.org/books/book/c%201.mp3"},
      {"s3://books endpoint=HTTPS://Ceph.Example.org:443", "ceph.example.org",
       "https://ceph.example.org/books/book/c%201.mp3"},
      {"s3://books endpoint=http://ceph:80", "ceph", "http://ceph/books/book/c%201.mp3"},
      {"s3://books endpoint=https://ceph:80", "ceph:80", "https://ceph:80/books/book/c%201.mp3"},
      {"s3://books endpoint=http://ceph:7480 style=virtual", "books.ceph:7480",
       "http://books.ceph:7480/book/c%201.mp3"},
      {"s3://my.books endpoint=http://ceph:7480 style=virtual", "my.books.ceph:7480",
       "http://my.books.ceph:7480/book/c%201.mp3"},
      {"s3://my.books style=path", "s3.us-east-1.amazonaws.com",
       "https://s3.us-east-1.amazonaws.com/my.books/book/c%201.mp3"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Origin origin = Parsed(row.text);
    CHECK(origin.HostFor() == row.host);
    CHECK(origin.UrlFor(origin.KeyFor("book/c 1.mp3")) == row.url);
  }
}

TEST_CASE("Origin: a written endpoint means path style, unless another is written") {
  CHECK(Parsed("s3://books endpoint=https://s3.eu-west-1.amazonaws.com").style ==
        Origin::Style::kPath);
  CHECK(Parsed("s3://books endpoint=https://s3.eu-west-1.amazonaws.com style=virtual").style ==
        Origin::Style::kVirtual);
}

TEST_CASE("Origin: the prefix loses the slashes at its ends and nothing else") {
  const std::pair<const char*, const char*> rows[] = {
      {"s3://books/", ""},
      {"s3://books/prod/", "prod"},
      {"s3://books//a//b//", "a//b"},
      {"s3://books/a%20b/../C", "a%20b/../C"},
      {"\"s3://books/Audio Books\" region=eu-west-1", "Audio Books"},
      {"s3://books/H\xc3\xb6rb\xc3\xbc\x63her", "H\xc3\xb6rb\xc3\xbc\x63her"},
  };
  for (const auto& [text, prefix] : rows) {
    CAPTURE(text);
    CHECK(Parsed(text).prefix == prefix);
  }
}

TEST_CASE("Origin: a key is the prefix and the chunk, byte for byte") {
  CHECK(Parsed("s3://books/prod").KeyFor("B/\xc3\xa9 +%2F.mp3") == "prod/B/\xc3\xa9 +%2F.mp3");
  CHECK(Parsed("s3://books").KeyFor("B/1.mp3") == "B/1.mp3");
  CHECK(Parsed("s3://books/prod").KeyFor("a//../b") == "prod/a//../b");
  CHECK(Parsed("s3://books").PathFor("a//../b+c%") == "/a//../b%2Bc%25");
}

TEST_CASE("Origin: a folder") {
  const Origin origin = Parsed("file:///srv/audio/");
  CHECK(origin.kind == Origin::Kind::kFile);
  CHECK(origin.prefix == "/srv/audio");
  CHECK(origin.KeyFor("book/1.mp3") == "/srv/audio/book/1.mp3");
  CHECK(Parsed("\"file:///srv/Audio Books\"").prefix == "/srv/Audio Books");
}

TEST_CASE("Origin: the identity is the same on every road to the same object") {
  const std::pair<const char*, const char*> rows[] = {
      {"s3://books/prod region=eu-west-1", "s3://books"},
      {"s3://books style=path", "s3://books"},
      {"s3://books endpoint=https://s3.dualstack.eu-west-1.amazonaws.com", "s3://books"},
      {"s3://books endpoint=https://s3.cn-north-1.amazonaws.com.cn", "s3://books"},
      {"s3://books endpoint=http://127.0.0.1:9000", "s3://books endpoint=http://127.0.0.1:9000"},
      {"s3://books endpoint=HTTP://Ceph:80/", "s3://books endpoint=http://ceph"},
      {"s3://books endpoint=http://amazonaws.com.example.org",
       "s3://books endpoint=http://amazonaws.com.example.org"},
      {"file:///srv/audio", "file://"},
  };
  for (const auto& [text, identity] : rows) {
    CAPTURE(text);
    CHECK(Parsed(text).Identity() == identity);
  }
}

TEST_CASE("Origin: a message names the word and what to write instead") {
  struct Row {
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {"", "the origin is empty: write s3://BUCKET/PREFIX or file:///FOLDER"},
      {"books", "books is no origin: it must begin with s3:// or file://"},
      {"https://books.s3.amazonaws.com",
       "https://books.s3.amazonaws.com is no origin: it must begin with s3:// or file://"},
      {"s3://", "the bucket '' is missing: write s3://BUCKET/PREFIX"},
      {"s3:///prod", "the bucket '' is missing: write s3://BUCKET/PREFIX"},
      {"s3://books region=", "region= is not a region: write it as in region=eu-west-1"},
      {"s3://books region=eu/west",
       "region=eu/west is not a region: write it as in region=eu-west-1"},
      {"s3://books style=host", "style=host is neither style=path nor style=virtual"},
      {"s3://books style=path style=path",
       "style=path is a second time the same option: write it once"},
      {"s3://books key=hunter2",
       "'key' is not an option of an origin: there are region=, endpoint= and style="},
      {"s3://books eu-west-1",
       "'eu-west-1' is not an option of an origin: there are region=, endpoint= and style="},
      {"s3://books endpoint=minio:9000",
       "endpoint=minio:9000 has no scheme: write http://minio:9000"},
      {"s3://books endpoint=ftp://minio",
       "endpoint=ftp://minio must begin with http:// or https://"},
      {"s3://books endpoint=http://minio/s3",
       "endpoint=http://minio/s3 has a path: write only scheme://host[:port]; a folder in the "
       "bucket "
       "belongs after s3://BUCKET/"},
      {"s3://books endpoint=http://minio:0",
       "endpoint=http://minio:0 has a bad port: write 1 to 65535, and an IPv6 address in []"},
      {"s3://books endpoint=http://::1",
       "endpoint=http://::1 has a bad port: write 1 to 65535, and an IPv6 address in []"},
      {"s3://books endpoint=http://",
       "endpoint=http:// has no valid host: write scheme://host[:port], and an IPv6 address in []"},
      {"s3://books endpoint=http://127.0.0.1:9000 style=virtual",
       "style=virtual needs a host name, and 127.0.0.1 is an address: write style=path"},
      {"s3://my.books",
       "my.books has dots, so no TLS certificate covers it in virtual style: write "
       "style=path"},
      {"file://srv/audio",
       "file://srv/audio is not an absolute folder: write three slashes, as file:///srv/audio"},
      {"file:///", "file:/// is the whole file system: name a folder"},
      {"file:///srv region=x", "region=x follows a file:// origin, which has no options"},
      {"\"s3://books", "a quote is not closed: s3://books"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<Origin> origin = Origin::Parse(row.text);
    CHECK(origin.status().code() == Code::kInvalid);
    CHECK(origin.status().text() == row.message);
  }
}

TEST_CASE("Origin: a bucket with capitals is refused by name") {
  const Result<Origin> origin = Origin::Parse("s3://Books/prod");
  CHECK(origin.status().text() == "the bucket 'Books' has capitals, which S3 does not allow");
}

TEST_CASE("Origin: a bucket name S3 does not allow is refused") {
  for (const std::string& bucket :
       {std::string("ab"), std::string(64, 'a'), std::string("-ab"), std::string("ab-"),
        std::string(".ab"), std::string("a..b"), std::string("a_b"), std::string("a b\xc3\xa9"),
        std::string("192.168.1.1"), std::string("a%b"), std::string("a:b"), std::string("a?b")}) {
    CAPTURE(bucket);
    CHECK(Origin::Parse("\"s3://" + bucket + "\" style=path").status().code() == Code::kInvalid);
  }
  CHECK(Origin::Parse("s3://" + std::string(63, 'a')).ok());
}

TEST_CASE("Origin: a bad endpoint is refused") {
  for (const char* endpoint :
       {"http://host:65536", "http://host:", "http://host:x", "http://[::1", "http://[::g]",
        "http://[::1]x", "http://[::1]:", "http://a..b", "http://-a", "http://a b", "http://h?x",
        "http://h#x", "//host", "http:/host", "http://h//", "http://h%41"}) {
    CAPTURE(endpoint);
    CHECK(Origin::Parse("s3://books \"endpoint=" + std::string(endpoint) + "\"").status().code() ==
          Code::kInvalid);
  }
}

TEST_CASE("Origin: a credential written in the wrong place is not repeated") {
  for (const char* text :
       {"s3://AKIAX:hunter2@books", "https://AKIAX:hunter2@books", "s3://books secret_key=hunter2",
        "s3://books endpoint=http://AKIAX:hunter2@host",
        "s3://books endpoint=AKIAX:hunter2@host"}) {
    CAPTURE(text);
    const Result<Origin> origin = Origin::Parse(text);
    CHECK(origin.status().code() == Code::kInvalid);
    CHECK(origin.status().text().find("hunter2") == std::string::npos);
  }
}

}  // namespace
}  // namespace audiodl
