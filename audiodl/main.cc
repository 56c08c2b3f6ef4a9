// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The operator's command. Everything is in command.h; here is only the barrier for what must not
// happen.

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "audiodl/command.h"

int main(int argc, char** argv) {
  try {
    std::ios::sync_with_stdio(false);
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return audiodl::RunCommandLine(words, {std::cin, std::cout, std::cerr});
  } catch (const std::exception& bug) {
    std::cerr << "audiodl: stopped by an error that should not happen: " << bug.what()
              << "; please report it with the command line\n";
    return audiodl::kTrouble;
  }
}
