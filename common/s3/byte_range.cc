// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/byte_range.h"

#include <limits>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kUnit = "bytes ";
constexpr std::string_view kUnsatisfied = "bytes */";

Status Wrong(std::string_view value) {
  return Status::Invalid("Content-Range '" + Printable(value, 60) + "' is malformed");
}

}  // namespace

Result<std::string> RangeHeader(const ByteRange& range) {
  if (range.length == 0 || range.offset > std::numeric_limits<uint64_t>::max() - range.length) {
    return Status::Invalid("no such range: " + std::to_string(range.length) + " bytes from " +
                           std::to_string(range.offset));
  }
  return "bytes=" + std::to_string(range.offset) + "-" +
         std::to_string(range.offset + range.length - 1);
}

Result<ContentRange> ParseContentRange(std::string_view value) {
  const size_t dash = value.find('-');
  const size_t slash = value.find('/');
  if (!value.starts_with(kUnit) || dash == std::string_view::npos ||
      slash == std::string_view::npos || slash < dash) {
    return Wrong(value);
  }
  const std::optional<uint64_t> first =
      ParseDecimal(value.substr(kUnit.size(), dash - kUnit.size()));
  const std::optional<uint64_t> last = ParseDecimal(value.substr(dash + 1, slash - dash - 1));
  const std::optional<uint64_t> total = ParseDecimal(value.substr(slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return Wrong(value);
  return ContentRange{.first = *first, .last = *last, .total = *total};
}

Result<uint64_t> ParseUnsatisfiedRange(std::string_view value) {
  if (!value.starts_with(kUnsatisfied)) return Wrong(value);
  const std::optional<uint64_t> total = ParseDecimal(value.substr(kUnsatisfied.size()));
  if (!total) return Wrong(value);
  return *total;
}

}  // namespace audiodl
