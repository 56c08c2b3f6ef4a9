// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Catch2 under either of its names: version 2 on Debian 12, version 3 on Debian 13.

#ifndef AUDIODL_TESTS_UNIT_CATCH_H_
#define AUDIODL_TESTS_UNIT_CATCH_H_

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif  // AUDIODL_TESTS_UNIT_CATCH_H_
