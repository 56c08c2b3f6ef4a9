// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/s3_error.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::string Xml(const std::string& code, const std::string& more = "") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code + "</Code>" + more +
         "<RequestId>4442587FB7D0A2F9</RequestId></Error>";
}

TEST_CASE("ClassifyError: S3's code decides, then the HTTP status") {
  struct Row {
    int http_status;
    std::string body;
    Code code;
  };
  const Row rows[] = {
      {404, Xml("NoSuchKey"), Code::kNotFound},
      {404, "", Code::kNotFound},
      {404, Xml("SomethingNew"), Code::kNotFound},
      {404, Xml("NoSuchBucket"), Code::kForbidden},
      {404, "<html><title>404 Not Found</title></html>", Code::kUnreachable},
      {403, Xml("AccessDenied"), Code::kForbidden},
      {403, Xml("InvalidAccessKeyId"), Code::kForbidden},
      {403, Xml("SignatureDoesNotMatch"), Code::kForbidden},
      {403, Xml("RequestTimeTooSkewed"), Code::kForbidden},
      {403, Xml("InvalidObjectState"), Code::kArchived},
      {403, "", Code::kForbidden},
      {401, "", Code::kForbidden},
      {400, Xml("ExpiredToken"), Code::kForbidden},
      {400, Xml("InvalidToken"), Code::kForbidden},
      {400, Xml("AuthorizationHeaderMalformed"), Code::kForbidden},
      {400, Xml("RequestTimeout"), Code::kUnreachable},
      {400, Xml("InvalidArgument"), Code::kInvalid},
      {400, "", Code::kInvalid},
      {405, Xml("MethodNotAllowed"), Code::kInvalid},
      {408, "", Code::kUnreachable},
      {412, Xml("PreconditionFailed"), Code::kChanged},
      {412, "", Code::kChanged},
      {416, Xml("InvalidRange"), Code::kOutOfRange},
      {416, "", Code::kOutOfRange},
      {429, "", Code::kThrottled},
      {503, Xml("SlowDown"), Code::kThrottled},
      {503, Xml("ServiceUnavailable"), Code::kThrottled},
      {503, "", Code::kThrottled},
      {500, Xml("SlowDown"), Code::kThrottled},
      {500, Xml("InternalError"), Code::kUnreachable},
      {502, "<html>Bad Gateway</html>", Code::kUnreachable},
      {504, "", Code::kUnreachable},
      {599, "", Code::kUnreachable},
      {301, Xml("PermanentRedirect"), Code::kForbidden},
      {307, Xml("TemporaryRedirect"), Code::kForbidden},
      {302, "", Code::kForbidden},
      {204, "", Code::kUnreachable},
      {0, "", Code::kUnreachable},
  };
  for (const Row& row : rows) {
    CAPTURE(row.http_status, row.body);
    const Status status = ClassifyError({.http_status = row.http_status, .body = row.body});
    CHECK(status.code() == row.code);
    CHECK(status.text().starts_with("HTTP " + std::to_string(row.http_status)));
  }
}

TEST_CASE("ClassifyError: the text says what to do") {
  struct Row {
    ErrorReply reply;
    const char* text;
  };
  const Row rows[] = {
      {{.http_status = 403, .body = Xml("RequestTimeTooSkewed")},
       "HTTP 403 RequestTimeTooSkewed: this machine's clock differs from the origin's by more than "
       "15 "
       "minutes: check the clock (timedatectl, chronyc tracking)"},
      {{.http_status = 400,
        .body = Xml("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")},
       "HTTP 400 AuthorizationHeaderMalformed: the request is signed for another region: write "
       "region=eu-west-1 in AudioOrigin"},
      {{.http_status = 400, .body = Xml("AuthorizationHeaderMalformed")},
       "HTTP 400 AuthorizationHeaderMalformed: the request is signed for another region: set "
       "region= "
       "in AudioOrigin to the bucket's own"},
      {{.http_status = 301, .bucket_region = "eu-west-1"},
       "HTTP 301: the bucket is served elsewhere: write region=eu-west-1 in AudioOrigin"},
      {{.http_status = 301,
        .body = Xml("PermanentRedirect", "<Endpoint>books.s3.eu-west-1.amazonaws.com</Endpoint>"),
        .bucket_region = "eu-west-1"},
       "HTTP 301 PermanentRedirect: the bucket is served elsewhere: write region=eu-west-1 in "
       "AudioOrigin (S3 names books.s3.eu-west-1.amazonaws.com), and no endpoint= of another "
       "region"},
      {{.http_status = 403,
        .body = Xml("AccessDenied",
                    "<Message>User: arn:aws:iam::1:user/web is not authorized to "
                    "perform: s3:GetObject</Message>")},
       "HTTP 403 AccessDenied: User: arn:aws:iam::1:user/web is not authorized to perform: "
       "s3:GetObject"},
      {{.http_status = 403},
       "HTTP 403: access denied: check AudioCredentials and the bucket's policy for s3:GetObject"},
  };
  for (const Row& row : rows) CHECK(ClassifyError(row.reply).text() == row.text);
}

TEST_CASE("ClassifyError: the text is one bounded line") {
  const std::string hostile = "a\r\nb\x1b[2J" + std::string(100000, 'x');
  for (const ErrorReply& reply :
       {ErrorReply{.http_status = 500, .body = Xml("A", "<Message>" + hostile + "</Message>")},
        ErrorReply{.http_status = 500, .body = Xml(hostile)},
        ErrorReply{.http_status = 400,
        .body = Xml("AuthorizationHeaderMalformed", "<Region>" + hostile + "</Region>")},
        ErrorReply{.http_status = 301,
        .body = Xml("PermanentRedirect", "<Endpoint>" + hostile + "</Endpoint>"),
        .bucket_region = hostile}}) {
    const std::string text = ClassifyError(reply).text();
    CHECK(text.size() < 600);
    CHECK(text.find_first_of("\r\n\x1b") == std::string::npos);
  }
}

TEST_CASE("ClassifyError: S3's echo of our credentials goes no further") {
  // What S3 answers to a bad signature, shortened.
  const std::string body = Xml(
      "SignatureDoesNotMatch",
      "<Message>The request signature we calculated does not match</Message>"
      "<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId>"
      "<StringToSign>AWS4-HMAC-SHA256</StringToSign><SignatureProvided>f0e8bdb8</SignatureProvided>"
      "<CanonicalRequest>x-amz-security-token:hunter2</CanonicalRequest>");
  const std::string text = ClassifyError({.http_status = 403, .body = body}).text();
  for (const char* secret : {"AKIA", "f0e8bdb8", "hunter2"}) {
    CHECK(text.find(secret) == std::string::npos);
  }
  const std::string message = Xml(
      "AccessDenied", "<Message>key ASIAIOSFODNN7EXAMPLE of AKIAIOSFODNN7EXAMPLE, no</Message>");
  CHECK(ClassifyError({.http_status = 403, .body = message}).text() ==
        "HTTP 403 AccessDenied: key ... of ..., no");
}

TEST_CASE("S3ErrorCode: from S3's XML only") {
  CHECK(S3ErrorCode(Xml("NoSuchKey")) == "NoSuchKey");
  CHECK(S3ErrorCode("<Error xmlns=\"x\">\n <Code> SlowDown </Code>") == "SlowDown");
  for (const char* body : {"", "<Code>NoSuchKey</Code>", "<Error><Code>NoSuchKey",
                           "{\"Code\":\"NoSuchKey\"}", "<Error></Code><Code>"}) {
    CAPTURE(body);
    CHECK(S3ErrorCode(body).empty());
  }
}

}  // namespace
}  // namespace audiodl
