// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the processes of one server share about rights, and what outlives restarts: the locks that
// keep questions apart, and for each virtual host with AudioRevocations its set. The parent maps it
// in post_config; the children inherit it.

#ifndef AUDIODL_MOD_AUDIODL_RIGHTS_MEMORY_H_
#define AUDIODL_MOD_AUDIODL_RIGHTS_MEMORY_H_

#include <httpd.h>

#include <string>

namespace audiodl {

void RegisterRightsMemory(apr_pool_t* pool);

// The virtual host's name and port, by which rights are kept apart: the same on every server of a
// cluster, and after every restart.
std::string VirtualHostId(const server_rec* server);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_RIGHTS_MEMORY_H_
