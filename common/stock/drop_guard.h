// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A disk that is not mounted and an answer that was cut look as if most of the shop had been taken
// from sale. So whatever would take away more than a share of a listing's markers at once, without
// their being noted as withdrawn, is refused until somebody says that it is meant; so is what would
// put more than that share up for sale only because the bucket has it. A value.

#ifndef AUDIODL_COMMON_STOCK_DROP_GUARD_H_
#define AUDIODL_COMMON_STOCK_DROP_GUARD_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

class DropGuard {
 public:
  static constexpr double kDefaultPercent = 5;

  explicit DropGuard(double percent = kDefaultPercent) : percent_(percent) {}

  // "5%", 0% to 100%: kInvalid for all else.
  static Result<DropGuard> Parse(std::string_view text);

  // Whether so many of `had` markers are no more than the share.
  bool Allows(size_t had, size_t many) const {
    return static_cast<double>(many) * 100 <= percent_ * static_cast<double>(had);
  }
  // kChanged where `dropped` of `had` markers are too many; the text says how many, and that
  // `how_to_force` ("--force") lets them go.
  Status Check(size_t had, size_t dropped, std::string_view how_to_force) const;

 private:
  double percent_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_DROP_GUARD_H_
