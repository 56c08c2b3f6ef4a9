// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/status_summary.h"

#include <cstdint>
#include <string_view>

#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr size_t kTitleWidth = 10;

uint64_t NumberAt(const Json& object, std::string_view name) {
  const Json* member = object.Find(name);
  return member == nullptr ? 0 : member->AsUint().value_or(0);
}

const Json& MemberOf(const Json& object, std::string_view name) {
  static const Json kNothing;
  const Json* member = object.Find(name);
  return member == nullptr ? kNothing : *member;
}

std::string TextAt(const Json& object, std::string_view name) {
  return Printable(object.StringAt(name).value_or(""), 1024);
}

std::string Line(std::string_view title, std::string_view text) {
  std::string line(title);
  line.append(kTitleWidth - line.size(), ' ');
  line += text;
  line += '\n';
  return line;
}

// "120 (100 hit, 20 miss)": the sum, and those of its parts that are not 0.
std::string Parts(const Json& family) {
  uint64_t sum = 0;
  std::string parts;
  for (size_t i = 0; i < family.names().size(); ++i) {
    const uint64_t value = family.items()[i].AsUint().value_or(0);
    if (value == 0) continue;
    sum += value;
    parts += (parts.empty() ? "" : ", ") + std::to_string(value) + " " + family.names()[i];
  }
  return std::to_string(sum) + (parts.empty() ? "" : " (" + parts + ")");
}

// The two largest units: "2 h 5 min".
std::string Duration(uint64_t seconds) {
  const struct {
    uint64_t seconds;
    const char* name;
  } units[] = {{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}};
  for (size_t i = 0; i + 1 < std::size(units); ++i) {
    if (seconds < units[i].seconds) continue;
    const uint64_t rest = seconds % units[i].seconds / units[i + 1].seconds;
    const std::string first = std::to_string(seconds / units[i].seconds) + units[i].name;
    return rest == 0 ? first : first + " " + std::to_string(rest) + units[i + 1].name;
  }
  return std::to_string(seconds) + " s";
}

std::string FetcherLine(const Json& status) {
  std::string text = "pid " + std::to_string(NumberAt(status, "pid")) + ", up " +
                     Duration(NumberAt(status, "uptime_seconds")) + ", version " +
                     TextAt(status, "version");
  if (MemberOf(status, "draining").AsBool().value_or(false)) text += ", about to end";
  return Line("fetcher", text);
}

std::string FillLines(const Json& status, uint64_t count) {
  std::string lines;
  const Json& fills = MemberOf(status, "fills");
  for (const Json& fill : fills.items()) {
    const std::string percent = std::to_string(NumberAt(fill, "percent")) + "%";
    lines += Line("", std::string(4 - std::min<size_t>(4, percent.size()), ' ') + percent + "  " +
                          TextAt(fill, "key"));
  }
  if (count > fills.items().size()) {
    lines += Line("", "and " + std::to_string(count - fills.items().size()) + " more");
  }
  return lines;
}

}  // namespace

std::string StatusSummary(const Json& status) {
  const Json& counters = MemberOf(status, "counters");
  const auto size = [&counters](std::string_view name) {
    return FormatSize(NumberAt(counters, name));
  };
  const auto number = [&counters](std::string_view name) {
    return std::to_string(NumberAt(counters, name));
  };
  const uint64_t fills = NumberAt(counters, "fills");
  std::string text = FetcherLine(status);
  for (const Json& store : MemberOf(status, "stores").items()) {
    text += Line("store", TextAt(store, "cache_dir") + " from " + TextAt(store, "origin"));
  }
  text +=
      Line("cache", size("cache_used_bytes") + " used, " + size("cache_free_bytes") + " free, " +
                        number("evicted_files") + " files evicted (" + size("evicted_bytes") + ")");
  text +=
      Line("requests", Parts(MemberOf(counters, "requests")) + ", " + number("refused_requests") +
                           " refused, " + number("throttled_requests") +
                           " told that it is too many at once, " + number("waiting_requests") +
                           " waiting now");
  text += Line("sent", size("sent_bytes") + ", " + number("stalled_downloads") +
                           " clients cut off because they took nothing");
  text += Line("fetched", size("fetched_bytes") + " in " + number("filled_blocks") + " blocks");
  text += Line("origin", Parts(MemberOf(counters, "origin_requests")) + ", " + number("retries") +
                             " retries, " + number("hedges") + " hedges");
  text += Line("trouble", "failed fills " + Parts(MemberOf(counters, "failed_fills")) +
                              ", corrupt objects " + number("corrupt_objects"));
  text += Line("filling", std::to_string(fills) + (fills == 1 ? " object" : " objects"));
  return text + FillLines(status, fills);
}

}  // namespace audiodl
