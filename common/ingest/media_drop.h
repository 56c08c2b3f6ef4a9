// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A file in samples/, podcasts/ or images/ of the drop, on its way into the tree that web servers
// show. One thread.

#ifndef AUDIODL_COMMON_INGEST_MEDIA_DROP_H_
#define AUDIODL_COMMON_INGEST_MEDIA_DROP_H_

#include <string>

#include "common/base/status.h"
#include "common/ingest/broken_memo.h"
#include "common/ingest/ingest_context.h"
#include "common/ingest/media_file.h"

namespace audiodl {

// Looks at one file and does what is right for it now: leaves it, moves it, or moves it to failed/.
// `name` is its path below the drop folder ("samples/a/b.mp3"). Ok also where that was told as a
// failure or as waiting; anything else is worth another try.
Status TakeMediaFile(MediaKind kind, const std::string& name, BrokenMemo& memo,
                     const IngestContext& context);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_MEDIA_DROP_H_
