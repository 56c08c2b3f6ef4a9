// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The master's half of replication without Unison: its listing goes to the bucket as one signed
// index (stock_index.h), from which IndexPull takes it. Parts first, then the index that names
// them; an index is only ever replaced by one with a higher serial, and what it notes as withdrawn
// stays so until it was published since, whatever becomes of the listing's own list. One thread.

#ifndef AUDIODL_COMMON_STOCK_INDEX_PUSH_H_
#define AUDIODL_COMMON_STOCK_INDEX_PUSH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"
#include "common/stock/drop_guard.h"
#include "common/stock/index_key.h"

namespace audiodl {

struct PushRequest {
  std::string listing;
  Origin origin;
  DropGuard guard;
  // Whatever is missing is meant to go, and the servers are told so; and all is written anew, also
  // where nothing changed, for the bucket may have lost some of it.
  bool force = false;
  bool dry_run = false;  // look, and write nothing
  int64_t now_ms = 0;    // Unix milliseconds
  // Paths of chunks that were published just now. Where the last index notes one as withdrawn later
  // than its marker, which came back with an old listing, the marker gets a later time.
  std::vector<std::string> published = {};
  // Where given, called with how many of the index's changed parts are written, and of how many.
  std::function<void(size_t done, size_t of)> progress = {};
};

struct PushReport {
  bool changed = false;  // false: the bucket has it already, nothing was written
  uint64_t serial = 0;
  size_t markers = 0;
  size_t dropped = 0;      // markers that the last index had, and this one has not
  size_t unexplained = 0;  // of those: not noted as withdrawn
  size_t parts = 0;        // objects written, the index itself among them
  uint64_t bytes = 0;      // in them
  std::string warning;     // what failed without harm; empty: nothing
};

// kChanged: the guard holds it back, or another push was first. kNotFound: there is no listing.
// kForbidden: the index in the bucket is not this key's; kCorrupt: parts of it are lost, of which
// it must be known what they said; and `force` is not set. Else as
// ObjectStore.
Result<PushReport> PushIndex(ObjectStore& store, const IndexSigningKey& key,
                             const PushRequest& request);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_INDEX_PUSH_H_
