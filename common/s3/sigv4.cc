// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/sigv4.h"

#include <algorithm>
#include <ctime>
#include <map>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/base/wipe.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Lower-case name -> value; std::map gives the byte order that signing wants.
using SortedHeaders = std::map<std::string, std::string>;

// Trimmed, and every run of spaces as one, quotes or not.
std::string CanonicalValue(std::string_view value) {
  std::string out;
  for (const char c : Trim(value)) {
    if (c == ' ' && out.ends_with(' ')) continue;
    out.push_back(c);
  }
  return out;
}

// A name that is sent twice is signed once, with its values in the order they are sent.
SortedHeaders Sorted(const NameValues& headers) {
  SortedHeaders sorted;
  for (const auto& [name, value] : headers) {
    const auto [at, is_new] = sorted.try_emplace(ToLower(name));
    if (!is_new) at->second.push_back(',');
    at->second += CanonicalValue(value);
  }
  return sorted;
}

std::string SignedNames(const SortedHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names.push_back(';');
    names += name;
  }
  return names;
}

// "20150830/us-east-1/s3/aws4_request"
std::string ScopeText(const SigV4Scope& scope) {
  const std::string day = AmzDate(scope.time).substr(0, 8);
  return day + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

std::string Signature(std::string_view text, const SigV4Scope& scope, const Credentials& keys) {
  const WipedString first("AWS4" + keys.secret_access_key);
  const std::string day = AmzDate(scope.time).substr(0, 8);
  Sha256Bytes key = HmacSha256(*first, day);
  key = HmacSha256(AsText(key), scope.region);
  key = HmacSha256(AsText(key), scope.service);
  key = HmacSha256(AsText(key), "aws4_request");
  return HexEncode(HmacSha256(AsText(key), text));
}

}  // namespace

// Sorted as encoded pairs: as "name=value" texts "a-b=1" would wrongly come before "a=1".
std::string CanonicalQuery(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(UriEncode(name, Slash::kEncode), UriEncode(value, Slash::kEncode));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out.push_back('&');
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string CanonicalRequest(const SigV4Request& request) {
  const SortedHeaders headers = Sorted(request.headers);
  std::string out;
  out.append(request.method).append("\n");
  out.append(request.path).append("\n");
  out.append(CanonicalQuery(request.query)).append("\n");
  for (const auto& [name, value] : headers) {
    out.append(name).append(":").append(value).append("\n");
  }
  out.append("\n").append(SignedNames(headers)).append("\n");
  return out.append(request.payload_hash);
}

std::string StringToSign(const SigV4Request& request, const SigV4Scope& scope) {
  std::string out(kAlgorithm);
  out.append("\n").append(AmzDate(scope.time));
  out.append("\n").append(ScopeText(scope));
  return out.append("\n").append(HexEncode(Sha256Of(CanonicalRequest(request))));
}

std::string Authorization(const SigV4Request& request, const SigV4Scope& scope,
                          const Credentials& keys) {
  std::string out(kAlgorithm);
  out.append(" Credential=").append(keys.access_key_id).append("/").append(ScopeText(scope));
  out.append(", SignedHeaders=").append(SignedNames(Sorted(request.headers)));
  return out.append(", Signature=").append(Signature(StringToSign(request, scope), scope, keys));
}

std::string AmzDate(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc = {};
  gmtime_r(&seconds, &utc);
  char text[32];
  const size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return std::string(text, size);
}

std::string_view MethodName(ReadMethod method) {
  return method == ReadMethod::kHead ? "HEAD" : "GET";
}

NameValues SignS3Headers(const S3Read& read, const SigV4Scope& scope, const Credentials& keys) {
  NameValues headers = {{"host", read.host},
                        {"x-amz-content-sha256", std::string(kEmptyPayloadHash)},
                        {"x-amz-date", AmzDate(scope.time)}};
  if (!keys.session_token.empty()) headers.emplace_back("x-amz-security-token", keys.session_token);
  headers.insert(headers.end(), read.extra.begin(), read.extra.end());
  const SigV4Request request = {.method = std::string(MethodName(read.method)),
                                .path = read.path,
                                .query = read.query,
                                .headers = headers,
                                .payload_hash = std::string(kEmptyPayloadHash)};
  headers.emplace_back("authorization", Authorization(request, scope, keys));
  return headers;
}

}  // namespace audiodl
