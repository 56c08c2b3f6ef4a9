// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/store.h"

#include <cinttypes>
#include <cstdio>

namespace audiodl {

void StoreConfig::Seal() {
  identity = origin.Identity();
  id = ObjectId::Of(cache_dir + "\n" + identity, origin.prefix).Prefix();
  char name[64];
  (void)std::snprintf(name, sizeof name, "/dev/shm/audiodl-%016" PRIx64, id);
  spill_dir = name;
}

}  // namespace audiodl
