// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/metrics_text.h"

#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/version.h"
#include "common/fetch/metrics.h"

namespace audiodl {
namespace {

constexpr std::string_view kPrefix = "audiodl_";

// What stands before the first `end`, which is taken off `text` with it.
std::string_view TakeUntil(std::string_view& text, char end) {
  const size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return Trim(taken);
}

// Whether the parameters of a media range hold a weight of 0 (RFC 9110, section 12.4.2).
bool IsRefused(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = TakeUntil(parameters, ';');
    if (!EqualsIgnoreCase(TakeUntil(value, '='), "q")) continue;
    return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

std::string Number(const MetricSample& sample, const Counters& counters) {
  return std::to_string(sample.read(counters));
}

void AppendMeta(std::string& out, std::string_view what, std::string_view name,
                std::string_view text) {
  out += "# ";
  for (std::string_view part : {what, name, text}) {
    out += part;
    out += ' ';
  }
  out.back() = '\n';
}

// A family as both formats have it. OpenMetrics names a counter's family without the suffix that
// its samples bear, and knows units; the older text names it with the suffix.
void AppendFamily(std::string& out, const MetricFamily& family, const Counters& counters,
                  MetricsFormat format) {
  const bool is_counter = family.type == MetricType::kCounter;
  const std::string base = std::string(kPrefix) + std::string(family.name);
  const std::string sample_name = is_counter ? base + "_total" : base;
  const std::string& name = format == MetricsFormat::kOpenMetrics ? base : sample_name;
  AppendMeta(out, "TYPE", name, is_counter ? "counter" : "gauge");
  if (format == MetricsFormat::kOpenMetrics && !family.unit.empty()) {
    AppendMeta(out, "UNIT", name, family.unit);
  }
  AppendMeta(out, "HELP", name, family.help);
  for (const MetricSample& sample : family.samples) {
    out += sample_name;
    if (!sample.label.empty()) {
      out += "{" + std::string(family.label) + "=\"" + std::string(sample.label) + "\"}";
    }
    out += " " + Number(sample, counters) + "\n";
  }
}

void AppendBuild(std::string& out, MetricsFormat format) {
  const bool open = format == MetricsFormat::kOpenMetrics;
  const std::string_view name = open ? "audiodl_build" : "audiodl_build_info";
  AppendMeta(out, "TYPE", name, open ? "info" : "gauge");
  AppendMeta(out, "HELP", name, "The version of mod_audiodl");
  out += "audiodl_build_info{version=\"" + std::string(kVersion) + "\"} 1\n";
}

// "sent_bytes" -> "SentBytes", the style of server-status?auto.
std::string CamelCase(std::string_view name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c != '_') out += upper && IsLower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '_';
  }
  return out;
}

// "hit 12, miss 3", or the bare number.
std::string Values(const MetricFamily& family, const Counters& counters) {
  std::string out;
  for (const MetricSample& sample : family.samples) {
    if (!out.empty()) out += ", ";
    if (!sample.label.empty()) out += std::string(sample.label) + " ";
    out += Number(sample, counters);
  }
  return out;
}

}  // namespace

MetricsFormat ChooseMetricsFormat(std::string_view accept) {
  while (!accept.empty()) {
    std::string_view range = TakeUntil(accept, ',');
    const bool named = EqualsIgnoreCase(TakeUntil(range, ';'), "application/openmetrics-text");
    if (named && !IsRefused(range)) return MetricsFormat::kOpenMetrics;
  }
  return MetricsFormat::kText;
}

const char* MetricsContentType(MetricsFormat format) {
  return format == MetricsFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string RenderMetrics(const Counters& counters, MetricsFormat format) {
  std::string out;
  AppendBuild(out, format);
  for (const MetricFamily& family : AllMetrics()) AppendFamily(out, family, counters, format);
  if (format == MetricsFormat::kOpenMetrics) out += "# EOF\n";
  return out;
}

std::string RenderStatusLines(const Counters& counters) {
  std::string out;
  for (const MetricFamily& family : AllMetrics()) {
    for (const MetricSample& sample : family.samples) {
      out += "Audiodl" + CamelCase(family.name) + CamelCase(sample.label) + ": " +
             Number(sample, counters) + "\n";
    }
  }
  return out;
}

std::string RenderStatusHtml(const Counters& counters, StatusLayout layout) {
  const bool table = layout == StatusLayout::kTable;
  std::string out = "<hr />\n<h2>mod_audiodl " + std::string(kVersion) + "</h2>\n";
  out += table ? "<table rules=\"all\" cellpadding=\"1%\">\n" : "<dl>\n";
  for (const MetricFamily& family : AllMetrics()) {
    out += table ? "<tr><th align=\"left\">" : "<dt>";
    out += family.help;
    out += table ? "</th><td>" : ": ";
    out += Values(family, counters);
    out += table ? "</td></tr>\n" : "</dt>\n";
  }
  return out + (table ? "</table>\n" : "</dl>\n");
}

std::string RenderCountersJson(const Counters& counters) {
  JsonObject all;
  for (const MetricFamily& family : AllMetrics()) {
    if (family.label.empty()) {
      all.Add(family.name, family.samples.front().read(counters));
      continue;
    }
    JsonObject samples;
    for (const MetricSample& sample : family.samples) {
      samples.Add(sample.label, sample.read(counters));
    }
    all.AddRaw(family.name, samples.Text());
  }
  return all.Text();
}

}  // namespace audiodl
