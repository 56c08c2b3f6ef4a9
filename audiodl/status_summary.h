// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the fetcher says of itself and of the server, for people. Pure; any thread.

#ifndef AUDIODL_AUDIODL_STATUS_SUMMARY_H_
#define AUDIODL_AUDIODL_STATUS_SUMMARY_H_

#include <string>

#include "common/base/json.h"

namespace audiodl {

// Some twenty lines. `status` is the fetcher's answer to "status"; what it lacks counts as 0, so
// that a fetcher of another version can be looked at.
std::string StatusSummary(const Json& status);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_STATUS_SUMMARY_H_
