// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/transfer.h"

#include <limits>

namespace audiodl {

void Transfer::Finish(int64_t at, bool aborted) {
  const uint64_t requests = options_.line->requests();
  const std::lock_guard lock(mutex_);
  End end;
  end.at = at;
  end.response.aborted = aborted;
  end.response.position = map_.end_position();
  // Another request on the line says nothing about a stream.
  end.response.requests = stream() != 0 ? std::numeric_limits<uint64_t>::max() : requests;
  end_ = end;
}

std::optional<Transfer::End> Transfer::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

}  // namespace audiodl
