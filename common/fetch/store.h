// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One cache directory with its origin, as a virtual host configures it. What the fetcher and the
// workers must agree on travels by StoreConfig::id, which depends on nothing but the configuration
// itself, so a worker from before a graceful restart still means the same store.

#ifndef AUDIODL_COMMON_FETCH_STORE_H_
#define AUDIODL_COMMON_FETCH_STORE_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/units.h"
#include "common/cache/cache_limits.h"
#include "common/cache/object_id.h"
#include "common/s3/credentials.h"
#include "common/s3/origin.h"

namespace audiodl {

struct StoreConfig {
  std::string cache_dir;  // absolute, without a trailing slash
  Origin origin;
  CredentialsSpec credentials;
  std::chrono::milliseconds origin_timeout{30000};
  CacheLimits limits;
  std::string listing;  // empty: what is for sale is not known
  // Reads of one object at a time; 0: as many as the engine's limits say.
  unsigned parts_per_object = 0;

  // Derived: call Seal() once all of the above is set.
  std::string identity;  // origin.Identity()
  uint64_t id = 0;
  // In memory, for what finds no room in cache_dir; the fetcher makes it when it is needed.
  std::string spill_dir;

  void Seal();

  ObjectId IdOf(std::string_view key) const { return ObjectId::Of(identity, key); }
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_STORE_H_
