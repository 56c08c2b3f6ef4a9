// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The calls that the code under test makes to the kernel, under the test's control: each may be
// watched, fail, be cut short, or be left out. The fault tests are linked with --wrap for each of
// them (Makefile, FAULT_CALLS), so the product's code is the very same.
//
//   class FullDisk : public SystemCallHook { … };
//   FullDisk hook;
//   const ScopedHook hooked(hook);
//
// One hook at a time, called on whichever thread makes the call, one call at a time.

#ifndef AUDIODL_TESTS_FAULT_SYSTEM_CALLS_H_
#define AUDIODL_TESTS_FAULT_SYSTEM_CALLS_H_

#include <cstdint>
#include <string_view>

namespace audiodl {

enum class CallKind : unsigned char {
  kOpen,
  kWrite,
  kAppend,
  kRead,
  kReserve,
  kTruncate,
  kRename,
  kSync,
  kUnlink,
  kMakeDir,
  kStat,
  kLock,
  kFcntl,
  kDiskSpace,
};
const char* CallName(CallKind kind);

struct SystemCall {
  CallKind kind;
  int fd = -1;
  const char* path = nullptr;    // open, rename, unlink, mkdir, stat and statvfs by name
  const char* target = nullptr;  // rename
  int flags = 0;                 // open
  uint64_t offset = 0;           // write, read
  std::string_view data = {};    // write, append: what is to be written
  uint64_t length = 0;           // read, reserve, truncate
};

// What is to become of a call.
struct Verdict {
  int error = 0;             // not 0: it fails so
  bool pretend = false;      // says that it worked, and does nothing
  uint64_t at_most = ~0ull;  // bytes of a write or read

  static Verdict Pass() { return {}; }
  static Verdict Fail(int error) { return {error, false, ~0ull}; }
  static Verdict Pretend() { return {0, true, ~0ull}; }
  static Verdict Short(uint64_t bytes) { return {0, false, bytes}; }
};

class SystemCallHook {
 public:
  virtual ~SystemCallHook() = default;
  // Calls made from here are not hooked themselves.
  virtual Verdict Before(const SystemCall&) { return Verdict::Pass(); }
  // A call was made, and this is what it returned (not negative).
  virtual void After(const SystemCall&, int64_t) {}
};

class ScopedHook {
 public:
  explicit ScopedHook(SystemCallHook& hook);
  ~ScopedHook();
  ScopedHook(const ScopedHook&) = delete;
  ScopedHook& operator=(const ScopedHook&) = delete;
};

// While it lives, this thread's calls are its own: for the test's looks at what is there.
class Unhooked {
 public:
  Unhooked();
  ~Unhooked();
  Unhooked(const Unhooked&) = delete;
  Unhooked& operator=(const Unhooked&) = delete;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FAULT_SYSTEM_CALLS_H_
