// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where uploads go that cannot be used, with a text beside them that says why and what to do.

#ifndef AUDIODL_COMMON_INGEST_FAILED_FOLDER_H_
#define AUDIODL_COMMON_INGEST_FAILED_FOLDER_H_

#include <string>

#include "common/base/status.h"
#include "common/ingest/ingest_context.h"

namespace audiodl {

// Moves a file or a folder to failed/NAME, or to failed/NAME.2 and so on where there is one, and
// writes NAME.reason.txt beside it first. `name` is its path below the drop folder. One thread.
Status MoveToFailed(const std::string& path, const std::string& name, const std::string& why,
                    const IngestContext& context);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_FAILED_FOLDER_H_
