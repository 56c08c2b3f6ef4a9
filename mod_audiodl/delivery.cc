// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/delivery.h"

#include <apr_portable.h>
#include <http_core.h>

namespace audiodl {
namespace {

// Whether the file that is followed will never have the bytes waited for.
bool IsInVain(const CacheReader& reader, const Result<uint64_t>& there) {
  if (!there.ok()) return there.status().code() == Code::kChanged;
  return *there == 0 && reader.IsNameless();
}

}  // namespace

Result<uint64_t> Delivery::Await(uint64_t offset, uint64_t length,
                                 std::chrono::milliseconds at_most) {
  Result<uint64_t> there = follower.Await(reader, offset, length, at_most);
  if (IsInVain(reader, there) && follower.Rejoin(reader)) {
    there = follower.Await(reader, offset, length, std::chrono::milliseconds(0));
  }
  return there;
}

apr_file_t* FileOf(request_rec* r, const CacheReader& reader) {
  apr_os_file_t fd = reader.fd();
  apr_int32_t flags = APR_FOPEN_READ | APR_FOPEN_BINARY;
  const core_dir_config* core =
      static_cast<core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
  if (core->enable_sendfile != ENABLE_SENDFILE_OFF) flags |= APR_FOPEN_SENDFILE_ENABLED;
  apr_file_t* file = nullptr;
  apr_os_file_put(&file, &fd, flags, r->connection->pool);
  return file;
}

}  // namespace audiodl
