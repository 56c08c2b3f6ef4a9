// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// libcurl's multi interface as the fetcher uses it: transfers are added from anywhere, moved on and
// reaped only in Step(), so nobody is ever called from within a call of their own (libcurl forbids
// adding and removing handles inside a callback). One thread.

#ifndef AUDIODL_COMMON_FETCH_CURL_LOOP_H_
#define AUDIODL_COMMON_FETCH_CURL_LOOP_H_

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;

struct CurlListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListDeleter>;

// The one place where a CURLcode becomes a Status: kUnreachable, with libcurl's words.
Status FromCurl(CURLcode code, const char* details);

class CurlLoop {
 public:
  // Someone whose transfer is in the loop.
  class Transfer {
   public:
    virtual ~Transfer() = default;
    virtual void OnTransferDone(CURLcode code) = 0;
  };

  CurlLoop();
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // `easy` stays the caller's, who calls Remove() before it goes.
  void Add(CURL* easy, Transfer& transfer);
  void Remove(CURL* easy);

  // Starts what was added, moves data, and reports transfers that ended.
  void Step();

  // Waits for the network, for one of `others` to be readable, or for the time to be over.
  void Wait(std::span<curl_waitfd> others, std::chrono::milliseconds at_most);

 private:
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::vector<CURL*> to_add_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_CURL_LOOP_H_
