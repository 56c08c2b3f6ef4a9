// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which boot the code under test believes to be in. The fault tests are linked with --wrap for
// CurrentBootId() (Makefile, FAULT_CALLS).

#ifndef AUDIODL_TESTS_FAULT_BOOT_ID_H_
#define AUDIODL_TESTS_FAULT_BOOT_ID_H_

namespace audiodl {

// Boot 0 is the real one.
void PretendBoot(unsigned char number);

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FAULT_BOOT_ID_H_
