// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/control_address.h"

#include <string>

namespace audiodl {

ControlAddress::ControlAddress(int directory, std::string_view name) {
  address_.sun_family = AF_UNIX;
  std::string path = "/proc/self/fd/" + std::to_string(directory) + "/";
  path += name;
  path.copy(address_.sun_path, sizeof address_.sun_path - 1);  // the rest is zero
}

}  // namespace audiodl
