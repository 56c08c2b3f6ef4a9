// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Makes a directory be there, with its owner and mode. May be killed at any moment and done again.
// Any thread, but it asks for users and groups.

#ifndef AUDIODL_COMMON_CLUSTER_DIRECTORY_STEP_H_
#define AUDIODL_COMMON_CLUSTER_DIRECTORY_STEP_H_

#include <string>

#include "common/base/status.h"
#include "common/cluster/bootstrap_plan.h"

namespace audiodl {

// What there is to do: "make it", "give it to www-data", "change its mode to 0700", joined by
// commas; empty where it is right already. Looks only. kInvalid: something else has that name, or
// there is no such user or group.
Result<std::string> FindDirectoryWork(const BootstrapStep& step);

// Does it: folders above it that are missing are made too, open to readers. kInvalid as above; kIo.
Status DoDirectoryWork(const BootstrapStep& step);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_DIRECTORY_STEP_H_
