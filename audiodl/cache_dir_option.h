// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// --dir, which every subcommand about a cache has. Pure; any thread.

#ifndef AUDIODL_AUDIODL_CACHE_DIR_OPTION_H_
#define AUDIODL_AUDIODL_CACHE_DIR_OPTION_H_

#include <string>

#include "audiodl/options.h"

namespace audiodl {

inline constexpr char kDirOption[] = "--dir";

// The AudioCacheDir that is meant: as given, or the one that the documentation uses.
inline std::string CacheDirOf(const Options& options) {
  return options.Value(kDirOption).value_or("/var/cache/audiodl/www");
}

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_DIR_OPTION_H_
