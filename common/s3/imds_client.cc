// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/imds_client.h"

#include <curl/curl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cstdint>
#include <new>
#include <optional>
#include <utility>

#include "common/base/environment.h"
#include "common/base/text.h"
#include "common/base/wipe.h"
#include "common/fetch/curl_loop.h"
#include "common/s3/endpoint.h"
#include "common/s3/role_credentials.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

constexpr const char* kTokenPath = "/latest/api/token";
constexpr const char* kRolesPath = "/latest/meta-data/iam/security-credentials/";
// Each round asks for a new token, so that none needs to live longer than the round.
constexpr const char* kTokenLifetime = "X-aws-ec2-metadata-token-ttl-seconds: 60";
constexpr size_t kMaxAnswer = size_t{64} * 1024;

// A token or a role's name: it becomes part of the next request.
bool IsOneWord(std::string_view text) {
  if (text.empty() || text.size() > 1024) return false;
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f) return false;
  }
  return true;
}

// One request's answer, and the end of it.
class Exchange : public CurlLoop::Transfer {
 public:
  void OnTransferDone(CURLcode code) override { code_ = code; }

  static size_t TakeBody(char* data, size_t size, size_t count, void* self) noexcept {
    std::string& body = *static_cast<Exchange*>(self)->body_;
    // The room is reserved: append() cannot throw here, nor leave copies behind that are not wiped.
    if (size * count > kMaxAnswer - body.size()) return CURL_WRITEFUNC_ERROR;
    body.append(data, size * count);
    return size * count;
  }

  Exchange() { (*body_).reserve(kMaxAnswer); }

  const std::optional<CURLcode>& code() const { return code_; }
  const std::string& body() const { return *body_; }

 private:
  std::optional<CURLcode> code_;
  WipedString body_;
};

size_t NoBody(char*, size_t, size_t, void*) noexcept { return 0; }

void SetUp(CURL* easy, const ImdsOptions& options, Exchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.answer_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
}

// A PUT without a body.
void SetPut(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_INFILESIZE, 0L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &NoBody);
}

bool IsReadable(int fd) {
  pollfd wanted = {fd, POLLIN, 0};
  return poll(&wanted, 1, 0) == 1;
}

Status AtPath(const std::string& path, const Status& status) {
  return Status(status.code(), "instance metadata " + path + ": " + status.text());
}

}  // namespace

struct ImdsClient::Question {
  bool put = false;
  std::string path;
  std::string header;
};

Result<ImdsOptions> ImdsOptions::FromEnvironment() {
  if (EqualsIgnoreCase(Environment("AWS_EC2_METADATA_DISABLED"), "true")) {
    return Status::Invalid(
        "AWS_EC2_METADATA_DISABLED forbids the instance's credentials: unset it, or name others in "
        "AudioCredentials");
  }
  ImdsOptions options;
  const std::string written = Environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (written.empty()) return options;
  const Result<Endpoint> endpoint = Endpoint::Parse(written);
  if (!endpoint.ok()) {
    return Status::Invalid("AWS_EC2_METADATA_SERVICE_ENDPOINT: " + endpoint.status().text());
  }
  options.endpoint = endpoint->ToString();
  return options;
}

ImdsClient::ImdsClient(ImdsOptions options)
    : options_(std::move(options)), interrupt_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!interrupt_.valid()) throw std::bad_alloc();
}

void ImdsClient::Interrupt() {
  // Never read again: once interrupted, the descriptor stays readable.
  eventfd_write(interrupt_.get(), 1);
}

Result<Credentials> ImdsClient::Fetch(std::chrono::system_clock::time_point now) {
  const Result<std::string> token = FetchToken();
  if (!token.ok()) return token.status();
  Result<std::string> roles = Read(kRolesPath, *token);
  if (!roles.ok()) {
    if (roles.status().code() != Code::kNotFound) return roles.status();
    return Status(Code::kNotFound,
                  "the instance has no IAM role: attach one, or name other credentials in "
                  "AudioCredentials");
  }
  // AWS lists one role; should there ever be more, every SDK takes the first.
  const std::string role(Trim(roles->substr(0, roles->find('\n'))));
  if (!IsOneWord(role)) {
    return AtPath(kRolesPath, Status::Invalid("the answer is not the name of a role"));
  }
  const std::string path = kRolesPath + UriEncode(role, Slash::kEncode);
  Result<std::string> document = Read(path, *token);
  if (!document.ok()) return document.status();
  const WipedString text(std::move(document).value());
  Result<Credentials> keys = ParseRoleCredentials(*text, now);
  if (!keys.ok()) return AtPath(path, keys.status());
  return keys;
}

Result<std::string> ImdsClient::FetchToken() {
  Result<std::string> token = Ask({.put = true, .path = kTokenPath, .header = kTokenLifetime});
  if (token.status().code() == Code::kUnreachable) {
    // The answer's packets live for one hop by default: they never reach a container's network.
    return Status(Code::kUnreachable,
                  token.status().text() +
                      " (in a container? then the instance's metadata hop limit must be 2)");
  }
  if (!token.ok() || IsOneWord(*token)) return token;
  return AtPath(kTokenPath, Status::Invalid("the answer is not a token"));
}

Result<std::string> ImdsClient::Read(const std::string& path, const std::string& token) {
  return Ask({.path = path, .header = "X-aws-ec2-metadata-token: " + token});
}

Result<std::string> ImdsClient::Ask(const Question& question) {
  Exchange exchange;
  const CurlEasy easy(curl_easy_init());
  const CurlList headers(curl_slist_append(nullptr, question.header.c_str()));
  if (!easy || !headers) throw std::bad_alloc();
  char details[CURL_ERROR_SIZE] = "";
  SetUp(easy.get(), options_, exchange);
  if (question.put) SetPut(easy.get());
  curl_easy_setopt(easy.get(), CURLOPT_URL, (options_.endpoint + question.path).c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, details);

  CurlLoop loop;
  loop.Add(easy.get(), exchange);
  curl_waitfd interrupt = {interrupt_.get(), CURL_WAIT_POLLIN, 0};
  for (loop.Step(); !exchange.code() && !IsReadable(interrupt_.get()); loop.Step()) {
    loop.Wait(std::span(&interrupt, 1), options_.answer_timeout);
  }
  loop.Remove(easy.get());
  if (!exchange.code()) return Status(Code::kBusy, "interrupted");
  Status moved = FromCurl(*exchange.code(), details);
  if (!moved.ok()) return AtPath(question.path, moved);

  long http_status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &http_status);
  if (http_status == 200) return std::string(exchange.body());
  const Code code = http_status == 404 ? Code::kNotFound : Code::kUnreachable;
  return AtPath(question.path, Status(code, "HTTP " + std::to_string(http_status)));
}

}  // namespace audiodl
