// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/shared_state.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>

namespace audiodl {

Result<SharedState*> SharedState::Map() {
  void* memory =
      mmap(nullptr, sizeof(SharedState), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Status::FromErrno(errno, "mmap of the shared state");
  auto* state = new (memory) SharedState;
  if (Status status = state->streams.Init(); !status.ok()) {
    munmap(memory, sizeof(SharedState));
    return status;
  }
  return state;
}

}  // namespace audiodl
