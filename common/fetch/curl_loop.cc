// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/curl_loop.h"

#include <algorithm>
#include <new>

namespace audiodl {

Status FromCurl(CURLcode code, const char* details) {
  if (code == CURLE_OK) return Status::Ok();
  std::string text = curl_easy_strerror(code);
  if (details != nullptr && *details != '\0') text = details;
  return Status(Code::kUnreachable, std::move(text));
}

CurlLoop::CurlLoop() : multi_(curl_multi_init()) {
  if (!multi_) throw std::bad_alloc();
  // Several connections are the point: one HTTP/2 connection would share one congestion window.
  curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlLoop::~CurlLoop() = default;

void CurlLoop::Add(CURL* easy, Transfer& transfer) {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  to_add_.push_back(easy);
}

void CurlLoop::Remove(CURL* easy) {
  if (std::erase(to_add_, easy) == 0) curl_multi_remove_handle(multi_.get(), easy);
}

void CurlLoop::Step() {
  for (CURL* easy : std::exchange(to_add_, {})) curl_multi_add_handle(multi_.get(), easy);
  int running = 0;
  curl_multi_perform(multi_.get(), &running);
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    reinterpret_cast<Transfer*>(owner)->OnTransferDone(message->data.result);
  }
}

void CurlLoop::Wait(std::span<curl_waitfd> others, std::chrono::milliseconds at_most) {
  const bool more_to_do = !to_add_.empty();
  curl_multi_poll(multi_.get(), others.data(), static_cast<unsigned>(others.size()),
                  more_to_do ? 0 : static_cast<int>(at_most.count()), nullptr);
}

}  // namespace audiodl
