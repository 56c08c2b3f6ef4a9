// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One look through a drop folder: what is complete goes where it belongs, what is not is left to
// its uploader, what cannot be used goes to failed/ with a reason. Run by a timer, again and again:
// whatever a run that was killed left undone, the next one does. One at a time per folder.

#ifndef AUDIODL_COMMON_INGEST_INGEST_H_
#define AUDIODL_COMMON_INGEST_INGEST_H_

#include "common/base/status.h"
#include "common/ingest/ingest_context.h"

namespace audiodl {

// kBusy: another ingest is at work there. kNotFound, kIo: the folder cannot be read or written.
// What befalls single uploads is told to the context.
Status Ingest(const IngestContext& context);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_INGEST_H_
