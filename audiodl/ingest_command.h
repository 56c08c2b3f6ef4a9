// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// audiodl ingest

#ifndef AUDIODL_AUDIODL_INGEST_COMMAND_H_
#define AUDIODL_AUDIODL_INGEST_COMMAND_H_

#include "audiodl/command.h"

namespace audiodl {

extern const Command kIngestCommand;

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_INGEST_COMMAND_H_
