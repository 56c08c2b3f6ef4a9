// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A cache directory as the operator's command works on it, whether httpd runs or not. One thread.

#ifndef AUDIODL_AUDIODL_OPERATOR_CACHE_H_
#define AUDIODL_AUDIODL_OPERATOR_CACHE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audiodl/command.h"
#include "common/base/status.h"
#include "common/cache/cache_space.h"
#include "common/cache/store_note.h"

namespace audiodl {

struct OperatorCache {
  std::string dir;
  std::vector<NotedStore> stores;  // as httpd was configured when it started last
  std::unique_ptr<CacheSpace> space;

  // Calls `visit` with every file of ours in the directory and in memory, and with what is in
  // quarantine.
  void VisitAllFiles(const CacheWalk::Visitor& visit) const;
};

// Root becomes the directory's owner for good: nothing that is made there may be in httpd's way.
// kInvalid: that is no cache. kIo: not for this user. `limits`, where given, replaces what httpd
// was configured with.
Result<OperatorCache> OpenOperatorCache(const std::string& dir, CacheIndex::Access access,
                                        const CacheLimits* limits = nullptr);

// kInvalid where the directory is no cache, kIo where this user may not look.
Status CheckIsCache(const std::string& dir);

// Says "audiodl NAME: TEXT". Returns kTrouble.
ExitCode Complain(const Command& command, const Status& status, const Console& console);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_OPERATOR_CACHE_H_
