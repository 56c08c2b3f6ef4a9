// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A driver's command line: "--name value" pairs. A mistake ends the driver with exit code 2 and a
// sentence on stderr, since nobody but bench.py and a developer ever calls it. Immutable.
//
//   const Options options(argc, argv, {"url", "clients", "header"});
//   const std::string url = options.Required("url");

#ifndef AUDIODL_TESTS_BENCH_KIT_OPTIONS_H_
#define AUDIODL_TESTS_BENCH_KIT_OPTIONS_H_

#include <chrono>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace audiodl::bench {

// Ends the process with exit code 2.
[[noreturn]] void Die(const std::string& why);

class Options {
 public:
  // Any name that is not `known` is a mistake.
  Options(int argc, char** argv, std::initializer_list<std::string_view> known);

  std::string Required(const std::string& name) const;
  std::string Text(const std::string& name, const std::string& fallback) const;
  double Number(const std::string& name, double fallback) const;
  // Given in seconds.
  std::chrono::nanoseconds Seconds(const std::string& name, double fallback) const;
  // Every value of an option that may be repeated.
  std::vector<std::string> All(const std::string& name) const;

 private:
  std::multimap<std::string, std::string> values_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_OPTIONS_H_
