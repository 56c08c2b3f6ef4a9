// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/s3_answers.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr char kObjects[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
    "  <Name>books</Name><Prefix/><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys>\n"
    "  <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\n"
    "  <NextContinuationToken>1ueGcx+/=</NextContinuationToken>\n"
    "  <Contents><Key>a+b%2B%20/%C3%BC.mp3</Key><LastModified>2009-10-12T17:50:30.000Z"
    "</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size>"
    "<StorageClass>STANDARD</StorageClass></Contents>\n"
    "  <Contents><Key>b</Key><LastModified>2009-10-12T17:50:30Z</LastModified>"
    "<ETag>fba9-3</ETag><Size>0</Size></Contents>\n"
    "</ListBucketResult>";

TEST_CASE("ParseObjectPage: keys, sizes, tags, dates and the next page") {
  const Result<ObjectPage> page = ParseObjectPage(kObjects);
  REQUIRE(page.ok());
  CHECK(page->next == "1ueGcx+/=");
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[0].key == "a b+ /\xc3\xbc.mp3");
  CHECK(page->objects[0].size == 434234);
  CHECK(page->objects[0].etag == "\"fba9dede5f27731c9771645a39863328\"");
  CHECK(page->objects[0].last_modified.time_since_epoch().count() == 1255369830);
  CHECK(page->objects[1].etag == "\"fba9-3\"");
}

TEST_CASE("ParseObjectPage: an empty bucket is told from a page that lacks something") {
  const Result<ObjectPage> empty =
      ParseObjectPage("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
  REQUIRE(empty.ok());
  CHECK(empty->objects.empty());
  CHECK(empty->next.empty());
  for (const char* text : {
           "",
           "<html><body>It works!</body></html>",
           "<ListBucketResult/>",
           "<ListBucketResult><IsTruncated>maybe</IsTruncated></ListBucketResult>",
           "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
           "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents>"
           "</ListBucketResult>",
           "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a%2</Key>"
           "<LastModified>2009-10-12T17:50:30Z</LastModified><ETag>x</ETag><Size>1</Size>"
           "</Contents></ListBucketResult>",
       }) {
    CAPTURE(text);
    CHECK(ParseObjectPage(text).status().code() == Code::kUnreachable);
  }
}

TEST_CASE("ParseUploadPage: uploads and the markers of the next page") {
  const Result<UploadPage> page = ParseUploadPage(
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>my+movie"
      "</NextKeyMarker><NextUploadIdMarker>YW55</NextUploadIdMarker><Upload><Key>my-divisor</Key>"
      "<UploadId>XMgbGlrZSBlbHZp</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated>"
      "</Upload></ListMultipartUploadsResult>");
  REQUIRE(page.ok());
  CHECK(page->next_key == "my movie");
  CHECK(page->next_id == "YW55");
  REQUIRE(page->uploads.size() == 1);
  CHECK(page->uploads[0].id == "XMgbGlrZSBlbHZp");
}

TEST_CASE("ParsePartPage: parts and the next page") {
  const Result<PartPage> page = ParsePartPage(
      "<ListPartsResult><PartNumberMarker>1</PartNumberMarker><NextPartNumberMarker>3"
      "</NextPartNumberMarker><IsTruncated>true</IsTruncated><Part><PartNumber>2</PartNumber>"
      "<LastModified>2010-11-10T20:48:34.000Z</LastModified><ETag>\"7778\"</ETag><Size>10485760"
      "</Size></Part></ListPartsResult>");
  REQUIRE(page.ok());
  CHECK(page->next == 3);
  REQUIRE(page->parts.size() == 1);
  CHECK(page->parts[0].number == 2);
  CHECK(page->parts[0].size == 10485760);
}

TEST_CASE("ParseCompletedUpload: a 200 may hold an error") {
  CHECK(ParseCompletedUpload("  <CompleteMultipartUploadResult><ETag>\"3858-9\"</ETag>"
                             "</CompleteMultipartUploadResult>")
            .value() == "\"3858-9\"");
  CHECK(ParseCompletedUpload("<Error><Code>InternalError</Code></Error>").status().code() ==
        Code::kUnreachable);
  CHECK(ParseCompletedUpload("<Error><Code>SlowDown</Code></Error>").status().code() ==
        Code::kThrottled);
  CHECK(ParseCompletedUpload("").status().code() == Code::kUnreachable);
}

TEST_CASE("CompletionXml: parts in order, tags escaped") {
  const std::string xml = CompletionXml({{.number = 1, .size = 5, .etag = "\"a&b\""}});
  CHECK(xml.find("<Part><PartNumber>1</PartNumber><ETag>&quot;a&amp;b&quot;</ETag></Part>") !=
        std::string::npos);
}

}  // namespace
}  // namespace audiodl
