// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/health_client.h"

#include <curl/curl.h>

#include <new>
#include <string_view>

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/fetch/curl_loop.h"

namespace audiodl {
namespace {

constexpr size_t kMaxAnswer = size_t{64} * 1024;

size_t TakeBody(char* data, size_t size, size_t count, void* body) noexcept {
  try {
    auto& text = *static_cast<std::string*>(body);
    text.append(data, size * count);
    return text.size() <= kMaxAnswer ? size * count : CURL_WRITEFUNC_ERROR;
  } catch (...) {
    return CURL_WRITEFUNC_ERROR;
  }
}

Result<HealthAnswer> Understand(long http_status, const std::string& body) {
  HealthAnswer answer;
  answer.json = Trim(body);
  const Result<Json> json = Json::Parse(answer.json);
  const Json* checks = json.ok() ? json->Find("checks") : nullptr;
  answer.status = json.ok() ? json->StringAt("status").value_or("") : "";
  if (checks == nullptr || answer.status.empty()) {
    return Status::Invalid("what answers there is no SetHandler audiodl-health (HTTP " +
                           std::to_string(http_status) + ")");
  }
  answer.ready = http_status == 200;
  return answer;
}

}  // namespace

Result<HealthAnswer> AskHealth(const HealthQuestion& question) {
  const CurlEasy easy(curl_easy_init());
  if (!easy) throw std::bad_alloc();
  std::string body;
  char error[CURL_ERROR_SIZE] = "";
  CurlList connect_to;
  if (!question.connect.empty()) {
    connect_to.reset(curl_slist_append(nullptr, ("::" + question.connect).c_str()));
    curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, connect_to.get());
  }
  curl_easy_setopt(easy.get(), CURLOPT_URL, question.url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(question.timeout.count()));
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &TakeBody);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return Status::Invalid("\"" + Printable(question.url) + "\" is no URL of http or https");
  }
  if (code != CURLE_OK) return FromCurl(code, error);
  long http_status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &http_status);
  return Understand(http_status, body);
}

}  // namespace audiodl
