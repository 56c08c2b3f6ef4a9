// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/drop_guard.h"

#include <cstdio>

#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {

Result<DropGuard> DropGuard::Parse(std::string_view text) {
  const Result<SizeOrPercent> parsed = ParseSizeOrPercent(text);
  if (parsed.ok() && parsed->percent >= 0) return DropGuard(parsed->percent);
  return Status::Invalid("\"" + Printable(text) + "\" is no share: write 5%");
}

Status DropGuard::Check(size_t had, size_t dropped, std::string_view how_to_force) const {
  if (Allows(had, dropped)) return Status::Ok();
  char share[32];
  (void)std::snprintf(share, sizeof share, "%g%%", percent_);
  return Status(Code::kChanged,
                std::to_string(dropped) + " of " + std::to_string(had) +
                    " markers would go without having been withdrawn, more than " + share +
                    ": nothing was changed. Is a disk not mounted, or a bucket or prefix the "
                    "wrong one? If they are meant to go: " +
                    std::string(how_to_force));
}

}  // namespace audiodl
