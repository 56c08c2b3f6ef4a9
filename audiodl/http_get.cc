// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/http_get.h"

#include <curl/curl.h>

#include <new>

#include "common/base/text.h"
#include "common/fetch/curl_loop.h"

namespace audiodl {
namespace {

struct Body {
  std::string text;
  size_t limit = 0;
};

// No exception may cross libcurl's C frames: too little memory ends the transfer.
size_t TakeBody(char* data, size_t size, size_t count, void* target) noexcept {
  Body& body = *static_cast<Body*>(target);
  if (body.text.size() + size * count > body.limit) return 0;
  try {
    body.text.append(data, size * count);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return size * count;
}

Status OfAnswer(long answer) {
  const std::string text = "it answers " + std::to_string(answer);
  if (answer == 404) return Status(Code::kNotFound, text);
  if (answer == 401 || answer == 403) return Status(Code::kForbidden, text);
  return Status::Invalid(text);
}

Result<std::string> Get(const std::string& url, const HttpGetLimits& limits) {
  const CurlEasy easy(curl_easy_init());
  if (easy == nullptr) throw std::bad_alloc();
  Body body{.text = {}, .limit = limits.bytes};
  char details[CURL_ERROR_SIZE] = "";
  CURL* const curl = easy.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "audiodl");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.time.count()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return Status::Invalid("it is no http:// or https:// URL");
  }
  if (code != CURLE_OK) return FromCurl(code, details);
  long answer = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
  if (answer != 200) return OfAnswer(answer);
  return std::move(body.text);
}

}  // namespace

Result<std::string> HttpGet(const std::string& url, const HttpGetLimits& limits) {
  Result<std::string> body = Get(url, limits);
  if (body.ok()) return body;
  return Status(body.status().code(), Printable(url, 300) + ": " + body.status().text());
}

}  // namespace audiodl
