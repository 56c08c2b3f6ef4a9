// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How long the fault tests go on, and from where: set in the environment, printed, and so
// replayable.
//
//   AUDIODL_SEED=17 AUDIODL_KILLS=10000 AUDIODL_POWER_CUTS=100 fault-tests
//
// What was done is printed, and appended to the file AUDIODL_PROOF_NOTES, as tests/prove reads it.

#ifndef AUDIODL_TESTS_FAULT_FAULT_SETTINGS_H_
#define AUDIODL_TESTS_FAULT_FAULT_SETTINGS_H_

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>

#include "common/base/crc32c.h"

namespace audiodl {

inline unsigned FromEnvironment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::stoul(text));
}

// Another one in each run, unless AUDIODL_SEED says which; any text will do.
inline unsigned Seed(const std::string& test) {
  const char* given = std::getenv("AUDIODL_SEED");
  const std::string seed =
      given != nullptr && *given != '\0' ? given : std::to_string(std::random_device()() % 1000000);
  std::cout << test << ": AUDIODL_SEED=" << seed << std::endl;
  return Crc32cExtend(0, seed);
}

inline void Note(const std::string& done) {
  std::cout << done << std::endl;
  if (const char* path = std::getenv("AUDIODL_PROOF_NOTES"); path != nullptr) {
    std::ofstream(path, std::ios::app) << done << "\n";
  }
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FAULT_FAULT_SETTINGS_H_
