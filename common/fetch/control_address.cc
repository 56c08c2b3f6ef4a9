// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/control_address.h"

#include <cstdio>

namespace audiodl {

ControlAddress::ControlAddress(int directory, std::string_view name) {
  address_.sun_family = AF_UNIX;
  std::snprintf(address_.sun_path, sizeof address_.sun_path, "/proc/self/fd/%d/%.*s", directory,
                static_cast<int>(name.size()), name.data());
}

}  // namespace audiodl
