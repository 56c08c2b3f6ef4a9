// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/delivered_parts.h"

#include <algorithm>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

std::optional<DeliveredPart> ParsePart(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const size_t tilde = text.find('~', dash);
  const auto first = ParseDecimal(text.substr(0, dash));
  const auto end = ParseDecimal(text.substr(dash + 1, tilde - dash - 1));
  const auto maybe = tilde == std::string_view::npos ? end : ParseDecimal(text.substr(tilde + 1));
  if (!first || !end || !maybe || *first > *end || *end > *maybe) return std::nullopt;
  return DeliveredPart{*first, *end, *maybe};
}

}  // namespace

Result<DeliveredParts> DeliveredParts::Parse(std::string_view text) {
  DeliveredParts parts;
  for (size_t count = 0; !text.empty(); ++count) {
    const size_t comma = text.find(',');
    const std::optional<DeliveredPart> part = ParsePart(text.substr(0, comma));
    const bool ends_in_comma = comma != std::string_view::npos && comma + 1 == text.size();
    if (!part || ends_in_comma) return Status::Invalid("not a list of delivered parts");
    if (count == kMost) return Status::Invalid("too many delivered parts");
    parts.Add(*part);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return parts;
}

// Two parts belong together where the later one begins in or right behind the earlier one or its
// tail: so parts are the connected pieces of all [first, maybe).
void DeliveredParts::Add(const DeliveredPart& part) {
  if (part.first >= part.maybe) return;
  DeliveredPart joined = part;
  const auto begin = std::find_if(parts_.begin(), parts_.end(), [&](const DeliveredPart& known) {
    return known.maybe >= part.first;
  });
  auto end = begin;
  while (end != parts_.end() && end->first <= joined.maybe) {
    joined.first = std::min(joined.first, end->first);
    joined.end = std::max(joined.end, end->end);
    joined.maybe = std::max(joined.maybe, end->maybe);
    ++end;
  }
  parts_.insert(parts_.erase(begin, end), joined);
  if (parts_.size() <= kMost) return;
  parts_.erase(std::min_element(parts_.begin(), parts_.end(), [](const auto& a, const auto& b) {
    return a.end - a.first < b.end - b.first;
  }));
}

void DeliveredParts::Add(const DeliveredParts& other) {
  for (const DeliveredPart& part : other.parts_) Add(part);
}

bool DeliveredParts::Cover(uint64_t size) const {
  return size > 0 && !parts_.empty() && parts_.front().first == 0 && parts_.front().end >= size;
}

uint64_t DeliveredParts::bytes() const {
  uint64_t sum = 0;
  for (const DeliveredPart& part : parts_) sum += part.end - part.first;
  return sum;
}

std::string DeliveredParts::Text() const {
  std::string text;
  for (const DeliveredPart& part : parts_) {
    if (!text.empty()) text += ',';
    text += std::to_string(part.first) + '-' + std::to_string(part.end);
    if (part.maybe > part.end) text += '~' + std::to_string(part.maybe);
  }
  return text;
}

}  // namespace audiodl
