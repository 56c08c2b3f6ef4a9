// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads what a command is given: a file, or standard input for "-". One thread.

#ifndef AUDIODL_AUDIODL_INPUT_H_
#define AUDIODL_AUDIODL_INPUT_H_

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>

#include "common/base/status.h"

namespace audiodl {

// Calls `use` with the opened file, or with `standard_input` for "-", and returns what it returns.
// A file that cannot be read gives its errno as a Status; naming the file is left to the caller.
Status WithInput(const std::string& path, std::istream& standard_input,
                 const std::function<Status(std::istream&)>& use);

// All that is left in the stream, but no more than `max_bytes`.
std::string ReadUpTo(std::istream& in, size_t max_bytes);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_INPUT_H_
