// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which of this machine's addresses others of its network see. Any thread; resolves names.

#ifndef AUDIODL_COMMON_CLUSTER_LOCAL_ADDRESS_H_
#define AUDIODL_COMMON_CLUSTER_LOCAL_ADDRESS_H_

#include <string>

#include "common/base/status.h"
#include "common/cluster/host_names.h"

namespace audiodl {

// The address that packets to `host` would leave from, as the kernel's routes say; nothing is sent.
// kUnreachable: the name cannot be resolved, or there is no route.
Result<HostAddress> LocalAddressTowards(const std::string& host);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_LOCAL_ADDRESS_H_
