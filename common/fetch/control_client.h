// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Asks the running fetcher of a cache directory.
//
//   ControlClient client("/var/cache/audiodl/www");
//   Result<std::string> json = client.Call("status", "");
//
// Any number of threads may use one.

#ifndef AUDIODL_COMMON_FETCH_CONTROL_CLIENT_H_
#define AUDIODL_COMMON_FETCH_CONTROL_CLIENT_H_

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

class ControlClient {
 public:
  explicit ControlClient(std::string cache_dir,
                         std::chrono::milliseconds patience = std::chrono::seconds(10))
      : cache_dir_(std::move(cache_dir)), patience_(patience) {}

  // The JSON text of the answer. `arguments` is a JSON object's text, or empty. kNotFound: there is
  // no such directory, or no fetcher runs for it. kForbidden: not for this user. kUnreachable: no
  // answer within the patience. All else is the fetcher's own answer.
  Result<std::string> Call(std::string_view command, std::string_view arguments) const;

 private:
  const std::string cache_dir_;
  const std::chrono::milliseconds patience_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_CONTROL_CLIENT_H_
