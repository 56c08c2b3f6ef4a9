// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which process it was: a pid may be another's a moment after its owner has gone, a pid and the
// time of its birth are one process's for ever. Values; any thread.

#ifndef AUDIODL_COMMON_CLIENT_PROCESS_BIRTH_H_
#define AUDIODL_COMMON_CLIENT_PROCESS_BIRTH_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace audiodl {

struct ProcessBirth {
  pid_t pid = 0;      // 0: no process
  uint64_t born = 0;  // in clock ticks since the boot (field 22 of proc(5)'s stat); 0: not known

  // Of the calling process.
  static ProcessBirth Own();

  // False only where it is certain: nobody has the pid, somebody who was born at another time has
  // it, or its owner has ended and was not reaped yet. Where /proc says nothing (it may be hidden),
  // whoever has the pid counts as the process.
  bool IsAlive() const;

  bool operator==(const ProcessBirth&) const = default;
};

// What one line of /proc/PID/stat says. The name in it may hold blanks and parentheses.
struct ProcessFacts {
  char state = '?';
  uint64_t born = 0;
  static std::optional<ProcessFacts> Parse(std::string_view stat);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_PROCESS_BIRTH_H_
