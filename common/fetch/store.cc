// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/store.h"

namespace audiodl {

void StoreConfig::Seal() {
  identity = origin.Identity();
  id = ObjectId::Of(cache_dir + "\n" + identity, origin.prefix).Prefix();
}

}  // namespace audiodl
