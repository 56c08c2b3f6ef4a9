// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/fault/boot_id.h"

#include "common/cache/cache_format.h"

// CurrentBootId() as the compiler names it, wrapped like a system call.
extern "C" const audiodl::BootId& __real__ZN7audiodl13CurrentBootIdEv();

namespace audiodl {
namespace {

BootId& PretendedBoot() {
  static BootId id{};
  return id;
}

}  // namespace

void PretendBoot(unsigned char number) {
  PretendedBoot() = number == 0 ? BootId{} : BootId{0xb0, 0x07, number};
}

}  // namespace audiodl

extern "C" const audiodl::BootId& __wrap__ZN7audiodl13CurrentBootIdEv() {
  const audiodl::BootId& pretended = audiodl::PretendedBoot();
  return pretended == audiodl::BootId{} ? __real__ZN7audiodl13CurrentBootIdEv() : pretended;
}
