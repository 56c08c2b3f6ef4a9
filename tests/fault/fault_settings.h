// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How long the fault tests go on, and from where: set in the environment, printed, and so
// replayable.
//
//   AUDIODL_SEED=17 AUDIODL_KILLS=10000 AUDIODL_POWER_CUTS=100 fault-tests

#ifndef AUDIODL_TESTS_FAULT_FAULT_SETTINGS_H_
#define AUDIODL_TESTS_FAULT_FAULT_SETTINGS_H_

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace audiodl {

inline unsigned FromEnvironment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::stoul(text));
}

// Another one in each run, unless AUDIODL_SEED says which.
inline unsigned Seed(const std::string& test) {
  const unsigned seed = FromEnvironment("AUDIODL_SEED", std::random_device()() % 1000000);
  std::cout << test << ": AUDIODL_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FAULT_FAULT_SETTINGS_H_
