// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What could be better about AudioRate, AudioStreams and AudioStallTimeout of a virtual host and of
// the <Location>s in it, for `apachectl -t` and the start. One thread.

#ifndef AUDIODL_MOD_AUDIODL_FAIRNESS_CHECK_H_
#define AUDIODL_MOD_AUDIODL_FAIRNESS_CHECK_H_

#include <httpd.h>

#include <string>
#include <vector>

namespace audiodl {

// A sentence for each, with what to write instead.
std::vector<std::string> AdviceOnFairness(const server_rec* server, bool speaks_http2);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_FAIRNESS_CHECK_H_
