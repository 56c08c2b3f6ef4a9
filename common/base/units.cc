// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/units.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

struct Amount {
  std::string_view digits;
  std::string_view unit;
};

Amount SplitAmount(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  return {text.substr(0, digits), text.substr(digits)};
}

std::optional<uint64_t> Multiply(std::optional<uint64_t> value, uint64_t factor) {
  if (!value || *value > std::numeric_limits<uint64_t>::max() / factor) return std::nullopt;
  return *value * factor;
}

// 0: no such unit.
uint64_t BytesPer(std::string_view unit) {
  if (unit.empty()) return 1;
  if (unit.size() > 2 || (unit.size() == 2 && unit[1] != 'B' && unit[1] != 'b')) return 0;
  switch (unit[0]) {
    case 'k':
    case 'K':
      return uint64_t{1} << 10;
    case 'm':
    case 'M':
      return uint64_t{1} << 20;
    case 'g':
    case 'G':
      return uint64_t{1} << 30;
    case 't':
    case 'T':
      return uint64_t{1} << 40;
    default:
      return 0;
  }
}

constexpr uint64_t kMinute = 60000;  // milliseconds

// 0: no such unit.
uint64_t MillisecondsPer(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit.empty() || unit == "s") return 1000;
  if (unit == "m") return kMinute;
  if (unit == "h") return kMinute * 60;
  if (unit == "d") return kMinute * 60 * 24;
  return 0;
}

// "5" or "5.5", 0..100.
std::optional<double> ParsePercent(std::string_view text) {
  const Amount amount = SplitAmount(text);
  const std::optional<uint64_t> whole = ParseDecimal(amount.digits);
  if (!whole || *whole > 100) return std::nullopt;
  uint64_t tenths = *whole * 10;
  if (!amount.unit.empty()) {
    if (amount.unit.size() != 2 || amount.unit[0] != '.' || !IsDigit(amount.unit[1])) {
      return std::nullopt;
    }
    tenths += static_cast<uint64_t>(amount.unit[1] - '0');
  }
  if (tenths > 1000) return std::nullopt;
  return static_cast<double>(tenths) / 10;
}

std::string Quoted(std::string_view text) { return "'" + Printable(text) + "'"; }

}  // namespace

Result<uint64_t> ParseSize(std::string_view text) {
  const Amount amount = SplitAmount(text);
  const uint64_t factor = BytesPer(amount.unit);
  if (amount.digits.empty() || factor == 0) {
    return Status::Invalid(Quoted(text) + " is not a size: write digits and K, M, G or T, as 40G");
  }
  const std::optional<uint64_t> bytes = Multiply(ParseDecimal(amount.digits), factor);
  if (!bytes) return Status::Invalid(Quoted(text) + " is too large for a size");
  return *bytes;
}

Result<SizeOrPercent> ParseSizeOrPercent(std::string_view text) {
  SizeOrPercent limit;
  if (!text.ends_with('%')) {
    const Result<uint64_t> bytes = ParseSize(text);
    if (!bytes.ok()) return Status::Invalid(bytes.status().text() + ", or a share as 5%");
    limit.bytes = *bytes;
    return limit;
  }
  const std::optional<double> percent = ParsePercent(text.substr(0, text.size() - 1));
  if (!percent) {
    return Status::Invalid(Quoted(text) + " is not a share: write 0% to 100%, as 5% or 2.5%");
  }
  limit.percent = *percent;
  return limit;
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  const Amount amount = SplitAmount(text);
  const uint64_t factor = MillisecondsPer(amount.unit);
  if (amount.digits.empty() || factor == 0) {
    return Status::Invalid(Quoted(text) +
                           " is not a duration: write digits and ms, s, m, h or d, as 30s");
  }
  const std::optional<uint64_t> count = Multiply(ParseDecimal(amount.digits), factor);
  // Callers turn it into nanoseconds of a clock: a hundred years fit in there, and are enough.
  constexpr uint64_t kMax = kMinute * 60 * 24 * 365 * 100;
  if (!count || *count > kMax) return Status::Invalid(Quoted(text) + " is too long a duration");
  return std::chrono::milliseconds(*count);
}

Result<unsigned> ParseCount(std::string_view text, unsigned most) {
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && count >= 1 && count <= most) return count;
  return Status::Invalid("is no whole number from 1 to " + std::to_string(most));
}

std::string FormatSize(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array<const char*, 6> kUnits = {"KB", "MB", "GB", "TB", "PB", "EB"};
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.95 would be printed as 1024.0.
  for (; amount >= 1023.95 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  char digits[16];
  const int size = std::snprintf(digits, sizeof digits, "%.1f ", amount);
  return std::string(digits, static_cast<size_t>(size)) + kUnits[unit];
}

}  // namespace audiodl
