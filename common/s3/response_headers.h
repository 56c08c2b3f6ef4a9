// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A response's status and headers, collected from the lines that libcurl's header callback gets,
// and bounded, because a broken or hostile server chooses how many there are. One thread at a time.
//
//   ResponseHeaders headers;
//   Status taken = headers.Add("HTTP/1.1 206 Partial Content\r\n");   // and so on, line by line
//   headers.http_status();         // 206
//   headers.Find("content-range")  // any case

#ifndef AUDIODL_COMMON_S3_RESPONSE_HEADERS_H_
#define AUDIODL_COMMON_S3_RESPONSE_HEADERS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

class ResponseHeaders {
 public:
  static constexpr size_t kMaxBytes = size_t{64} * 1024;

  // Takes one line, with or without its line end. A status line begins anew, so that only the last
  // response counts (after "100 Continue" there is another); an empty line ends the headers, and
  // trailers that follow a body are ignored. kInvalid on a malformed line and above kMaxBytes in
  // all: the transfer must then be given up.
  Status Add(std::string_view line);

  // 0: no status line yet.
  int http_status() const { return http_status_; }

  // The first value of that name, in any case; "" where there is none. Valid until the next Add().
  std::string_view Find(std::string_view name) const;

  // As Find(), but kInvalid where the header came twice with different values: then proxies and
  // servers may disagree on which one counts.
  Result<std::string_view> FindOnly(std::string_view name) const;

  // Every header as it came, in order.
  const std::vector<std::pair<std::string, std::string>>& all() const { return headers_; }

 private:
  Status BeginResponse(std::string_view status_line);

  int http_status_ = 0;
  bool ended_ = false;
  size_t bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_RESPONSE_HEADERS_H_
