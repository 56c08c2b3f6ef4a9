// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/origin.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "common/base/text.h"
#include "common/s3/endpoint.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

constexpr std::string_view kS3Scheme = "s3://";
constexpr std::string_view kFileScheme = "file://";

Status Wrong(std::string_view word, std::string_view why) {
  return Status::Invalid(Printable(word) + " " + std::string(why));
}

std::string_view TrimSlashes(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

bool IsIpv4(const std::string& text) {
  in_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

// Amazon S3 User Guide, "General purpose bucket naming rules". Empty: the name is fine.
std::string_view WhatIsWrongWithBucket(const std::string& name) {
  const auto either_end = [](char c) { return IsLower(c) || IsDigit(c); };
  const auto allowed = [&](char c) { return either_end(c) || c == '-' || c == '.'; };
  if (name.empty()) return "is missing: write s3://BUCKET/PREFIX";
  if (std::any_of(name.begin(), name.end(), IsUpper))
    return "has capitals, which S3 does not allow";
  if (!std::all_of(name.begin(), name.end(), allowed)) {
    return "may only have lower-case letters, digits, '-' and '.'";
  }
  if (name.size() < 3 || name.size() > 63) return "must have 3 to 63 characters";
  if (!either_end(name.front()) || !either_end(name.back())) {
    return "must begin and end with a letter or digit";
  }
  if (name.find("..") != std::string::npos) return "must not have two dots in a row";
  if (IsIpv4(name)) return "must not look like an IP address";
  return {};
}

struct Options {
  std::optional<std::string> region;
  std::optional<Endpoint> endpoint;
  std::optional<Origin::Style> style;
};

template <typename T>
Status Set(std::optional<T>& option, T value, std::string_view word) {
  if (option) return Wrong(word, "is a second time the same option: write it once");
  option = std::move(value);
  return Status::Ok();
}

Status SetRegion(Options& options, std::string_view value, std::string_view word) {
  const auto allowed = [](char c) { return IsAlnum(c) || c == '-' || c == '_'; };
  if (value.empty() || !std::all_of(value.begin(), value.end(), allowed)) {
    return Wrong(word, "is not a region: write it as in region=eu-west-1");
  }
  return Set(options.region, std::string(value), word);
}

Status SetEndpoint(Options& options, std::string_view value, std::string_view word) {
  Result<Endpoint> endpoint = Endpoint::Parse(value);
  if (!endpoint.ok()) return Status::Invalid("endpoint=" + endpoint.status().text());
  return Set(options.endpoint, std::move(endpoint).value(), word);
}

Status SetStyle(Options& options, std::string_view value, std::string_view word) {
  if (value == "path") return Set(options.style, Origin::Style::kPath, word);
  if (value == "virtual") return Set(options.style, Origin::Style::kVirtual, word);
  return Wrong(word, "is neither style=path nor style=virtual");
}

Status SetOption(Options& options, const std::string& word) {
  const size_t equals = word.find('=');
  const std::string_view name = std::string_view(word).substr(0, equals);
  const std::string_view value =
      equals == std::string::npos ? std::string_view() : std::string_view(word).substr(equals + 1);
  if (name == "region") return SetRegion(options, value, word);
  if (name == "endpoint") return SetEndpoint(options, value, word);
  if (name == "style") return SetStyle(options, value, word);
  // Only the name: the value of an unknown option (secret_key=...) may be a secret.
  return Status::Invalid(
      "'" + Printable(name) +
      "' is not an option of an origin: there are region=, endpoint= and style=");
}

// What a style needs of bucket and endpoint.
Status CheckStyle(const Origin& origin, const Endpoint& endpoint) {
  if (origin.style == Origin::Style::kPath) return Status::Ok();
  if (endpoint.IsAddress()) {
    return Wrong("style=virtual",
                 "needs a host name, and " + endpoint.host + " is an address: write style=path");
  }
  if (endpoint.scheme == "https" && origin.bucket.find('.') != std::string::npos) {
    return Wrong(origin.bucket,
                 "has dots, so no TLS certificate covers it in virtual style: write "
                 "style=path");
  }
  return Status::Ok();
}

Result<Origin> ParseS3(const std::vector<std::string>& words) {
  Origin origin;
  origin.kind = Origin::Kind::kS3;
  const std::string_view place = std::string_view(words[0]).substr(kS3Scheme.size());
  origin.bucket = place.substr(0, place.find('/'));
  if (origin.bucket.find('@') != std::string::npos) {
    return Status::Invalid("the bucket has an '@': credentials belong in AudioCredentials");
  }
  if (const std::string_view wrong = WhatIsWrongWithBucket(origin.bucket); !wrong.empty()) {
    return Wrong("the bucket '" + origin.bucket + "'", wrong);
  }
  origin.prefix = TrimSlashes(place.substr(origin.bucket.size()));

  Options options;
  for (size_t i = 1; i < words.size(); ++i) {
    Status set = SetOption(options, words[i]);
    if (!set.ok()) return set;
  }
  using Style = Origin::Style;
  origin.region = options.region.value_or(origin.region);
  origin.style = options.style.value_or(options.endpoint ? Style::kPath : Style::kVirtual);
  const Endpoint endpoint = options.endpoint.value_or(Endpoint::OfAws(origin.region));
  origin.endpoint = endpoint.ToString();
  Status fits = CheckStyle(origin, endpoint);
  if (!fits.ok()) return fits;
  return origin;
}

Result<Origin> ParseFile(const std::vector<std::string>& words) {
  if (words.size() > 1) return Wrong(words[1], "follows a file:// origin, which has no options");
  std::string_view folder = std::string_view(words[0]).substr(kFileScheme.size());
  if (!folder.starts_with('/')) {
    return Wrong(words[0], "is not an absolute folder: write three slashes, as file:///srv/audio");
  }
  while (folder.ends_with('/')) folder.remove_suffix(1);
  if (folder.empty()) return Wrong(words[0], "is the whole file system: name a folder");
  Origin origin;
  origin.kind = Origin::Kind::kFile;
  origin.prefix = folder;
  return origin;
}

struct UrlParts {
  std::string_view scheme;  // with "://"
  std::string_view authority;
};

// REQUIRES: an endpoint that Parse() made.
UrlParts SplitEndpoint(std::string_view endpoint) {
  const size_t size = endpoint.find("://") + 3;
  return {endpoint.substr(0, size), endpoint.substr(size)};
}

}  // namespace

Result<Origin> Origin::Parse(std::string_view text) {
  const Result<std::vector<std::string>> words = SplitWords(text);
  if (!words.ok()) return words.status();
  if (words->empty()) {
    return Status::Invalid("the origin is empty: write s3://BUCKET/PREFIX or file:///FOLDER");
  }
  const std::string& place = words->front();
  if (place.starts_with(kS3Scheme)) return ParseS3(*words);
  if (place.starts_with(kFileScheme)) return ParseFile(*words);
  if (place.find('@') != std::string::npos) {
    return Status::Invalid("the origin must begin with s3:// or file://, and have no '@'");
  }
  return Wrong(place, "is no origin: it must begin with s3:// or file://");
}

std::string Origin::KeyFor(std::string_view chunk) const {
  std::string key = prefix;
  if (kind == Kind::kFile || !prefix.empty()) key.push_back('/');
  return key.append(chunk);
}

std::string Origin::Identity() const {
  if (kind == Kind::kFile) return std::string(kFileScheme);
  std::string identity = std::string(kS3Scheme) + bucket;
  const Result<Endpoint> parsed = Endpoint::Parse(endpoint);
  // Bucket names are unique in all of AWS: its endpoints are only roads to the same object.
  if (!parsed.ok() || !parsed->IsAws()) identity += " endpoint=" + endpoint;
  return identity;
}

std::string Origin::HostFor() const {
  const std::string host(SplitEndpoint(endpoint).authority);
  return style == Style::kVirtual ? bucket + "." + host : host;
}

std::string Origin::PathFor(std::string_view key) const {
  const std::string path = "/" + UriEncode(key, Slash::kKeep);
  return style == Style::kPath ? "/" + bucket + path : path;
}

std::string Origin::UrlFor(std::string_view key) const {
  return std::string(SplitEndpoint(endpoint).scheme) + HostFor() + PathFor(key);
}

}  // namespace audiodl
