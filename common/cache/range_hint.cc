// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/range_hint.h"

#include <optional>

#include "common/base/text.h"

namespace audiodl {

RangeHint RangeHint::Parse(std::string_view range_header) {
  constexpr std::string_view kUnit = "bytes=";
  std::string_view text = Trim(range_header);
  if (text.size() < kUnit.size() || !EqualsIgnoreCase(text.substr(0, kUnit.size()), kUnit))
    return {};
  text = Trim(text.substr(kUnit.size()));
  text = Trim(text.substr(0, text.find(',')));
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const std::optional<uint64_t> first = ParseDecimal(text.substr(0, dash));
  const std::optional<uint64_t> last = ParseDecimal(text.substr(dash + 1));
  if (dash == 0) return last ? RangeHint{0, *last, true} : RangeHint{};
  if (!first) return {};
  if (dash + 1 == text.size()) return RangeHint{*first, UINT64_MAX, false};
  if (!last || *last < *first) return {};
  const uint64_t beyond_first = *last - *first;
  return RangeHint{*first, beyond_first == UINT64_MAX ? beyond_first : beyond_first + 1, false};
}

}  // namespace audiodl
