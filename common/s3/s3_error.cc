// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/s3_error.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

struct KnownError {
  std::string_view s3_code;
  Code code;
  std::string_view advice;
};

// S3 API Reference, "Error responses". Those whose advice is made of the answer have their own
// functions below.
constexpr std::array kKnownErrors = {
    KnownError{"NoSuchKey", Code::kNotFound, "the object does not exist"},
    KnownError{"NoSuchVersion", Code::kNotFound, "the object does not exist in that version"},
    KnownError{"NoSuchBucket", Code::kForbidden,
               "the bucket does not exist: check the bucket and endpoint= in AudioOrigin"},
    KnownError{"InvalidObjectState", Code::kArchived,
               "the object is archived: restore it, or move it to a storage class that can be read "
               "at once"},
    KnownError{"PreconditionFailed", Code::kChanged, "the object was replaced while being read"},
    KnownError{"InvalidRange", Code::kOutOfRange, "the object ends before the range"},
    KnownError{"SlowDown", Code::kThrottled, "the origin asks to slow down"},
    KnownError{"TooManyRequests", Code::kThrottled, "the origin asks to slow down"},
    KnownError{"ServiceUnavailable", Code::kThrottled, "the origin is overloaded"},
    KnownError{"RequestTimeout", Code::kUnreachable, "the origin waited too long for our request"},
    KnownError{"RequestTimeTooSkewed", Code::kForbidden,
               "this machine's clock differs from the origin's by more than 15 minutes: check the "
               "clock (timedatectl, chronyc tracking)"},
    KnownError{"InvalidAccessKeyId", Code::kForbidden,
               "the origin does not know the access key: check AudioCredentials"},
    KnownError{"SignatureDoesNotMatch", Code::kForbidden,
               "the secret access key does not belong to the access key: check AudioCredentials"},
    KnownError{"ExpiredToken", Code::kForbidden,
               "the session token has expired: renew the credentials"},
    KnownError{"InvalidToken", Code::kForbidden,
               "the session token is not valid for this access key: check AudioCredentials"},
    KnownError{"RequestExpired", Code::kForbidden,
               "the request was too old when it arrived: check the clock (timedatectl)"},
    KnownError{"AccountProblem", Code::kForbidden, "AWS reports a problem with the account"},
    KnownError{"AllAccessDisabled", Code::kForbidden, "all access to the bucket is disabled"},
};

std::string Prefix(const ErrorReply& reply) {
  std::string text = "HTTP " + std::to_string(reply.http_status);
  const std::string_view s3_code = S3ErrorCode(reply.body);
  if (!s3_code.empty()) text += " " + Printable(s3_code, 60);
  return text + ": ";
}

// S3's own words, for errors that we have none for. An access key id in them is left out.
std::string Message(const ErrorReply& reply) {
  constexpr std::string_view kKeyIdChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string message(XmlElement(reply.body, "Message"));
  for (const std::string_view kind : {"AKIA", "ASIA"}) {
    for (size_t at = message.find(kind); at != std::string::npos; at = message.find(kind, at + 1)) {
      const size_t end = std::min(message.find_first_not_of(kKeyIdChars, at), message.size());
      message.replace(at, end - at, "...");
    }
  }
  return Printable(message, 300);
}

Status Tell(Code code, const ErrorReply& reply, std::string_view advice) {
  return Status(code, Prefix(reply).append(advice));
}

// S3's message where it has one, else `otherwise`.
Status TellMessage(Code code, const ErrorReply& reply, std::string_view otherwise) {
  const std::string message = Message(reply);
  return Tell(code, reply, message.empty() ? otherwise : message);
}

std::string RegionToWrite(const ErrorReply& reply) {
  const std::string_view told = XmlElement(reply.body, "Region");
  const std::string region = Printable(told.empty() ? reply.bucket_region : told, 60);
  return region.empty() ? "set region= in AudioOrigin to the bucket's own"
                        : "write region=" + region + " in AudioOrigin";
}

// A wrong region in the signature: S3 names the one it expects, other stores may not.
Status WrongRegion(const ErrorReply& reply) {
  return Tell(Code::kForbidden, reply,
              "the request is signed for another region: " + RegionToWrite(reply));
}

// Redirects are never followed: the signature would go to a host that the operator did not name.
Status WrongEndpoint(const ErrorReply& reply) {
  const std::string host = Printable(XmlElement(reply.body, "Endpoint"), 120);
  std::string advice = "the bucket is served elsewhere: " + RegionToWrite(reply);
  if (!host.empty()) advice += " (S3 names " + host + "), and no endpoint= of another region";
  return Tell(Code::kForbidden, reply, advice);
}

std::optional<Status> ByS3Code(const ErrorReply& reply) {
  const std::string_view s3_code = S3ErrorCode(reply.body);
  for (const KnownError& known : kKnownErrors) {
    if (known.s3_code == s3_code) return Tell(known.code, reply, known.advice);
  }
  if (s3_code == "AuthorizationHeaderMalformed" ||
      s3_code == "IllegalLocationConstraintException") {
    return WrongRegion(reply);
  }
  if (s3_code == "PermanentRedirect" || s3_code == "TemporaryRedirect" || s3_code == "Redirect") {
    return WrongEndpoint(reply);
  }
  return std::nullopt;
}

Status NotFound(const ErrorReply& reply) {
  const bool from_s3 = reply.body.empty() || !S3ErrorCode(reply.body).empty();
  if (from_s3) return TellMessage(Code::kNotFound, reply, "the object does not exist");
  // "Not found" is only believed from S3: a wrong endpoint must not look like a missing chunk.
  return Tell(Code::kUnreachable, reply,
              "the answer is not S3's: check endpoint= and style= in AudioOrigin");
}

Status ByHttpStatus(const ErrorReply& reply) {
  const int status = reply.http_status;
  if (status == 404) return NotFound(reply);
  if (status == 401 || status == 403) {
    return TellMessage(Code::kForbidden, reply,
                       "access denied: check AudioCredentials and the bucket's policy for "
                       "s3:GetObject");
  }
  if (status == 412) return Tell(Code::kChanged, reply, "the object was replaced while being read");
  if (status == 416) return Tell(Code::kOutOfRange, reply, "the object ends before the range");
  if (status == 429 || status == 503) {
    return TellMessage(Code::kThrottled, reply, "the origin asks to slow down");
  }
  if (status == 408 || status >= 500) {
    return TellMessage(Code::kUnreachable, reply, "the origin failed");
  }
  if (status >= 300 && status < 400) return WrongEndpoint(reply);
  if (status >= 400) return TellMessage(Code::kInvalid, reply, "the origin refuses the request");
  return Tell(Code::kUnreachable, reply, "the origin's answer makes no sense");
}

}  // namespace

Status ClassifyError(const ErrorReply& reply) {
  std::optional<Status> known = ByS3Code(reply);
  return known ? *std::move(known) : ByHttpStatus(reply);
}

std::string_view S3ErrorCode(std::string_view body) {
  // In HTML and JSON a <Code> would be an accident.
  if (body.find("<Error") == std::string_view::npos) return {};
  return XmlElement(body, "Code");
}

std::string_view XmlElement(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">";
  const std::string close = "</" + std::string(name) + ">";
  const size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return {};
  const size_t end = xml.find(close, begin);
  if (end == std::string_view::npos) return {};
  return Trim(xml.substr(begin + open.size(), end - begin - open.size()));
}

}  // namespace audiodl
