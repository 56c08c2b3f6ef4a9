// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Replays AWS's own test vectors for Signature Version 4 (from aws-c-auth, Apache-2.0), one folder
// each in sigv4_vectors/: request.txt is signed as context.json says, and compared with the three
// stages that AWS publishes. The vectors that S3's rules contradict are named below with the
// reason; one that is named but passes is a failure too, so that the list stays honest.

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "common/base/digest.h"
#include "common/base/file_io.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/s3/sigv4.h"
#include "common/s3/uri.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const std::filesystem::path kFolder = "tests/unit/s3/sigv4_vectors";

constexpr const char* kNormalises =
    "other services remove '.', '..' and double slashes from the path; in S3 they belong to the "
    "key";
const std::map<std::string, std::string> kExcluded = {
    {"get-relative-normalized", kNormalises},
    {"get-relative-relative-normalized", kNormalises},
    {"get-slash-dot-slash-normalized", kNormalises},
    {"get-slash-normalized", kNormalises},
    {"get-slash-pointless-dot-normalized", kNormalises},
    {"get-slashes-normalized", kNormalises},
};

struct Vector {
  SigV4Request request;
  SigV4Scope scope;
  Credentials keys;
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;
};

std::string FileText(const std::filesystem::path& path) {
  const Result<std::string> text = ReadWholeFile(path.string(), 64 * 1024);
  INFO(path);
  REQUIRE(text.ok());
  REQUIRE_FALSE(text->empty());
  return *text;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
    i += 2;
  }
  return out;
}

std::pair<std::string, std::string> SplitAt(const std::string& text, const std::string& separator) {
  const size_t at = text.find(separator);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + separator.size())};
}

// "Param1=value1&Param2=value2"
NameValues ParseQuery(std::string query) {
  NameValues parsed;
  while (!query.empty()) {
    const auto [pair, rest] = SplitAt(query, "&");
    const auto [name, value] = SplitAt(pair, "=");
    parsed.emplace_back(PercentDecode(name), PercentDecode(value));
    query = rest;
  }
  return parsed;
}

// A line that begins with a blank continues the one before (obs-fold): a client sends one space.
NameValues ParseHeaders(std::string text) {
  NameValues headers;
  while (!text.empty()) {
    const auto [line, rest] = SplitAt(text, "\n");
    if (line.starts_with(' ')) {
      headers.back().second += " " + line;
    } else if (!line.empty()) {
      headers.push_back(SplitAt(line, ":"));
    }
    text = rest;
  }
  return headers;
}

SigV4Request ParseRequest(const std::string& text) {
  const auto [head, body] = SplitAt(text, "\n\n");
  const auto [request_line, header_lines] = SplitAt(head, "\n");
  const auto [method, target] = SplitAt(request_line, " ");
  const auto [path, query] = SplitAt(SplitAt(target, " HTTP/1.1").first, "?");
  SigV4Request request;
  request.method = method;
  request.path = UriEncode(path, Slash::kKeep);
  request.query = ParseQuery(query);
  request.headers = ParseHeaders(header_lines);
  request.payload_hash = HexEncode(Sha256Of(body));
  return request;
}

// Every vector has the same moment, which the test of AmzDate() pins on its own.
std::chrono::system_clock::time_point TimeOf(const Json& context) {
  REQUIRE(context.StringAt("timestamp") == "2015-08-30T12:36:00Z");
  return std::chrono::system_clock::from_time_t(1440938160);
}

bool Is(const Json& context, std::string_view flag) {
  const Json* const member = context.Find(flag);
  return member != nullptr && member->AsBool() == true;
}

Vector Load(const std::filesystem::path& folder) {
  const Result<Json> context = Json::Parse(FileText(folder / "context.json"));
  REQUIRE(context.ok());
  const Json* const keys = context->Find("credentials");
  REQUIRE(keys != nullptr);

  Vector vector;
  vector.keys.access_key_id = keys->StringAt("access_key_id").value();
  vector.keys.secret_access_key = keys->StringAt("secret_access_key").value();
  vector.keys.session_token = keys->StringAt("token").value_or("");
  vector.scope = {.time = TimeOf(*context),
                  .region = context->StringAt("region").value(),
                  .service = context->StringAt("service").value()};
  vector.request = ParseRequest(FileText(folder / "request.txt"));
  NameValues& headers = vector.request.headers;
  headers.emplace_back("X-Amz-Date", AmzDate(vector.scope.time));
  if (!vector.keys.session_token.empty() && !Is(*context, "omit_session_token")) {
    headers.emplace_back("X-Amz-Security-Token", vector.keys.session_token);
  }
  if (Is(*context, "sign_body")) {
    headers.emplace_back("x-amz-content-sha256", vector.request.payload_hash);
  }
  vector.canonical_request = FileText(folder / "header-canonical-request.txt");
  vector.string_to_sign = FileText(folder / "header-string-to-sign.txt");
  vector.signature = FileText(folder / "header-signature.txt");
  return vector;
}

std::string SignatureOf(const Vector& vector) {
  return SplitAt(Authorization(vector.request, vector.scope, vector.keys), "Signature=").second;
}

std::set<std::string> FolderNames() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

TEST_CASE("SigV4: AWS's vectors are all there") {
  const std::set<std::string> names = FolderNames();
  CHECK(names.size() == 38);
  for (const auto& [name, reason] : kExcluded) {
    CAPTURE(name);
    CHECK(names.contains(name));
    CHECK_FALSE(reason.empty());
  }
}

TEST_CASE("SigV4: every vector that S3's rules allow agrees at all three stages") {
  size_t run = 0;
  for (const std::string& name : FolderNames()) {
    if (kExcluded.contains(name)) continue;
    CAPTURE(name);
    const Vector vector = Load(kFolder / name);
    CHECK(CanonicalRequest(vector.request) == vector.canonical_request);
    CHECK(StringToSign(vector.request, vector.scope) == vector.string_to_sign);
    CHECK(SignatureOf(vector) == vector.signature);
    ++run;
  }
  CHECK(run + kExcluded.size() == FolderNames().size());
}

TEST_CASE("SigV4: a vector is excluded only while it differs") {
  for (const auto& [name, reason] : kExcluded) {
    CAPTURE(name, reason);
    const Vector vector = Load(kFolder / name);
    CHECK(CanonicalRequest(vector.request) != vector.canonical_request);
    CHECK(StringToSign(vector.request, vector.scope) != vector.string_to_sign);
    CHECK(SignatureOf(vector) != vector.signature);
  }
}

}  // namespace
}  // namespace audiodl
