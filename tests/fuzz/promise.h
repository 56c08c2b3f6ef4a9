// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How a fuzz target says that a promise is broken: by throwing, which stops libFuzzer with the
// input and fails the unit test that replays the corpus.

#ifndef AUDIODL_TESTS_FUZZ_PROMISE_H_
#define AUDIODL_TESTS_FUZZ_PROMISE_H_

#include <stdexcept>

namespace audiodl {

inline void Promise(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_PROMISE_H_
