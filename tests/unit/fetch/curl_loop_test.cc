// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/curl_loop.h"

#include <sys/eventfd.h>

#include <chrono>
#include <thread>

#include "common/base/unique_fd.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

struct Done : CurlLoop::Transfer {
  void OnTransferDone(CURLcode outcome) override {
    ++times;
    code = outcome;
  }
  int times = 0;
  CURLcode code = CURLE_OK;
};

TEST_CASE("FromCurl: libcurl's words, the details where there are any") {
  CHECK(FromCurl(CURLE_OK, "ignored").ok());
  CHECK(FromCurl(CURLE_COULDNT_CONNECT, "port 9 refused").code() == Code::kUnreachable);
  CHECK(FromCurl(CURLE_COULDNT_CONNECT, "port 9 refused").text() == "port 9 refused");
  CHECK(FromCurl(CURLE_COULDNT_CONNECT, "").text() == curl_easy_strerror(CURLE_COULDNT_CONNECT));
  CHECK_FALSE(FromCurl(CURLE_COULDNT_CONNECT, nullptr).text().empty());
}

TEST_CASE("CurlLoop: reports from Step only, each transfer once") {
  CurlLoop loop;
  CurlEasy easy(curl_easy_init());
  Done done;
  loop.Add(easy.get(), done);  // without a URL: it fails in the loop
  CHECK(done.times == 0);
  for (int i = 0; i < 5; ++i) loop.Step();
  CHECK(done.times == 1);
  CHECK(done.code != CURLE_OK);
  loop.Remove(easy.get());
}

TEST_CASE("CurlLoop: what was removed before the first step is never reported") {
  CurlLoop loop;
  CurlEasy easy(curl_easy_init());
  Done done;
  loop.Add(easy.get(), done);
  loop.Remove(easy.get());
  for (int i = 0; i < 3; ++i) loop.Step();
  CHECK(done.times == 0);
}

TEST_CASE(
    "CurlLoop: does not sleep over what was added, wakes for other descriptors, and for its time") {
  CurlLoop loop;
  const UniqueFd event(eventfd(0, EFD_CLOEXEC));
  curl_waitfd other = {event.get(), CURL_WAIT_POLLIN, 0};
  const auto began = SteadyClock::now();
  loop.Wait(std::span(&other, 1), milliseconds(30));
  CHECK(SteadyClock::now() - began >= milliseconds(25));
  {
    const std::jthread ringer([&] { eventfd_write(event.get(), 1); });
    loop.Wait(std::span(&other, 1), milliseconds(20000));
  }
  CurlEasy easy(curl_easy_init());
  Done done;
  loop.Add(easy.get(), done);
  loop.Wait({}, milliseconds(20000));
  loop.Remove(easy.get());
  CHECK(SteadyClock::now() - began < std::chrono::seconds(10));
}

}  // namespace
}  // namespace audiodl
