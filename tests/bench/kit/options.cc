// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/options.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace audiodl::bench {

void Die(const std::string& why) {
  (void)std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(2);
}

Options::Options(int argc, char** argv, std::initializer_list<std::string_view> known) {
  for (int i = 1; i < argc; i += 2) {
    const std::string_view word = argv[i];
    const std::string_view name = word.starts_with("--") ? word.substr(2) : "";
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      Die("unknown option " + std::string(word));
    }
    if (i + 1 == argc) Die("a value is missing after " + std::string(word));
    values_.emplace(name, argv[i + 1]);
  }
}

std::string Options::Required(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) Die("--" + name + " is required");
  return found->second;
}

std::string Options::Text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

double Options::Number(const std::string& name, double fallback) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  char* end = nullptr;
  const double value = std::strtod(found->second.c_str(), &end);
  if (found->second.empty() || *end != '\0' || value < 0) Die("--" + name + " is not a number");
  return value;
}

std::chrono::nanoseconds Options::Seconds(const std::string& name, double fallback) const {
  const std::chrono::duration<double> seconds(Number(name, fallback));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(seconds);
}

std::vector<std::string> Options::All(const std::string& name) const {
  std::vector<std::string> found;
  const auto [first, last] = values_.equal_range(name);
  for (auto it = first; it != last; ++it) found.push_back(it->second);
  return found;
}

}  // namespace audiodl::bench
