// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/fault/system_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <utility>

// The linker gives the code under test __wrap_X for X, and us the real one as __real_X. The names
// with 64 are what <fcntl.h> and <unistd.h> make of the plain ones with _FILE_OFFSET_BITS=64.
extern "C" {
int __real_open64(const char* path, int flags, ...);
int __real_openat64(int dir, const char* path, int flags, ...);
ssize_t __real_pwrite64(int fd, const void* data, size_t size, off_t offset);
ssize_t __real_write(int fd, const void* data, size_t size);
ssize_t __real_pread64(int fd, void* data, size_t size, off_t offset);
int __real_fallocate64(int fd, int mode, off_t offset, off_t length);
int __real_ftruncate64(int fd, off_t length);
int __real_rename(const char* from, const char* to);
int __real_fdatasync(int fd);
int __real_unlink(const char* path);
int __real_unlinkat(int dir, const char* path, int flags);
int __real_mkdir(const char* path, mode_t mode);
int __real_fstat64(int fd, struct stat* info);
int __real_stat64(const char* path, struct stat* info);
int __real_lstat64(const char* path, struct stat* info);
int __real_statvfs64(const char* path, struct statvfs* info);
int __real_flock(int fd, int operation);
int __real_fcntl64(int fd, int command, ...);
}

namespace audiodl {
namespace {

// Global because the kernel is: the wrapped functions have no other way to the test.
struct Hooking {
  std::recursive_mutex mutex;
  SystemCallHook* hook = nullptr;  // under mutex
};
Hooking& TheHooking() {
  static Hooking hooking;
  return hooking;
}
thread_local int unhooked_depth = 0;

// Asks the hook, makes the call or does not, and tells the hook.
template <typename Make>
int64_t Call(const SystemCall& call, const Make& make) {
  if (unhooked_depth > 0) return make(~0ull);
  Hooking& hooking = TheHooking();
  const std::lock_guard lock(hooking.mutex);
  if (hooking.hook == nullptr) return make(~0ull);
  const Unhooked own;
  const Verdict verdict = hooking.hook->Before(call);
  if (verdict.error != 0) {
    errno = verdict.error;
    return -1;
  }
  if (verdict.pretend)
    return call.kind == CallKind::kWrite ? static_cast<int64_t>(call.data.size()) : 0;
  const int64_t result = make(verdict.at_most);
  const int error = errno;
  if (result >= 0) hooking.hook->After(call, result);
  errno = error;
  return result;
}

int CallInt(const SystemCall& call, const auto& make) {
  return static_cast<int>(Call(call, [&make](uint64_t) { return static_cast<int64_t>(make()); }));
}

}  // namespace

const char* CallName(CallKind kind) {
  switch (kind) {
    case CallKind::kOpen:
      return "open";
    case CallKind::kWrite:
      return "pwrite";
    case CallKind::kAppend:
      return "write";
    case CallKind::kRead:
      return "pread";
    case CallKind::kReserve:
      return "fallocate";
    case CallKind::kTruncate:
      return "ftruncate";
    case CallKind::kRename:
      return "rename";
    case CallKind::kSync:
      return "fdatasync";
    case CallKind::kUnlink:
      return "unlink";
    case CallKind::kMakeDir:
      return "mkdir";
    case CallKind::kStat:
      return "stat";
    case CallKind::kLock:
      return "flock";
    case CallKind::kFcntl:
      return "fcntl";
    case CallKind::kDiskSpace:
      return "statvfs";
  }
  return "unknown";
}

ScopedHook::ScopedHook(SystemCallHook& hook) {
  Hooking& hooking = TheHooking();
  const std::lock_guard lock(hooking.mutex);
  hooking.hook = &hook;
}

ScopedHook::~ScopedHook() {
  Hooking& hooking = TheHooking();
  const std::lock_guard lock(hooking.mutex);
  hooking.hook = nullptr;
}

Unhooked::Unhooked() { ++unhooked_depth; }
Unhooked::~Unhooked() { --unhooked_depth; }

}  // namespace audiodl

using audiodl::Call;
using audiodl::CallInt;
using audiodl::CallKind;

extern "C" {

int __wrap_open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return CallInt({.kind = CallKind::kOpen, .path = path, .flags = flags},
                 [&] { return __real_open64(path, flags, mode); });
}

int __wrap_openat64(int dir, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return CallInt({.kind = CallKind::kOpen, .path = path, .flags = flags},
                 [&] { return __real_openat64(dir, path, flags, mode); });
}

ssize_t __wrap_pwrite64(int fd, const void* data, size_t size, off_t offset) {
  return Call({.kind = CallKind::kWrite,
               .fd = fd,
               .offset = static_cast<uint64_t>(offset),
               .data = {static_cast<const char*>(data), size}},
              [&](uint64_t at_most) -> int64_t {
                return __real_pwrite64(fd, data, std::min<uint64_t>(size, at_most), offset);
              });
}

ssize_t __wrap_write(int fd, const void* data, size_t size) {
  return Call({.kind = CallKind::kAppend, .fd = fd, .data = {static_cast<const char*>(data), size}},
              [&](uint64_t at_most) -> int64_t {
                return __real_write(fd, data, std::min<uint64_t>(size, at_most));
              });
}

ssize_t __wrap_pread64(int fd, void* data, size_t size, off_t offset) {
  return Call(
      {.kind = CallKind::kRead, .fd = fd, .offset = static_cast<uint64_t>(offset), .length = size},
      [&](uint64_t at_most) -> int64_t {
        return __real_pread64(fd, data, std::min<uint64_t>(size, at_most), offset);
      });
}

int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length) {
  return CallInt(
      {.kind = CallKind::kReserve, .fd = fd, .length = static_cast<uint64_t>(offset + length)},
      [&] { return __real_fallocate64(fd, mode, offset, length); });
}

int __wrap_ftruncate64(int fd, off_t length) {
  return CallInt({.kind = CallKind::kTruncate, .fd = fd, .length = static_cast<uint64_t>(length)},
                 [&] { return __real_ftruncate64(fd, length); });
}

int __wrap_rename(const char* from, const char* to) {
  return CallInt({.kind = CallKind::kRename, .path = from, .target = to},
                 [&] { return __real_rename(from, to); });
}

int __wrap_fdatasync(int fd) {
  return CallInt({.kind = CallKind::kSync, .fd = fd}, [&] { return __real_fdatasync(fd); });
}

int __wrap_unlink(const char* path) {
  return CallInt({.kind = CallKind::kUnlink, .path = path}, [&] { return __real_unlink(path); });
}

int __wrap_unlinkat(int dir, const char* path, int flags) {
  return CallInt({.kind = CallKind::kUnlink, .path = path},
                 [&] { return __real_unlinkat(dir, path, flags); });
}

int __wrap_mkdir(const char* path, mode_t mode) {
  return CallInt({.kind = CallKind::kMakeDir, .path = path},
                 [&] { return __real_mkdir(path, mode); });
}

int __wrap_fstat64(int fd, struct stat* info) {
  return CallInt({.kind = CallKind::kStat, .fd = fd}, [&] { return __real_fstat64(fd, info); });
}

int __wrap_stat64(const char* path, struct stat* info) {
  return CallInt({.kind = CallKind::kStat, .path = path},
                 [&] { return __real_stat64(path, info); });
}

int __wrap_lstat64(const char* path, struct stat* info) {
  return CallInt({.kind = CallKind::kStat, .path = path},
                 [&] { return __real_lstat64(path, info); });
}

int __wrap_statvfs64(const char* path, struct statvfs* info) {
  return CallInt({.kind = CallKind::kDiskSpace, .path = path},
                 [&] { return __real_statvfs64(path, info); });
}

int __wrap_flock(int fd, int operation) {
  return CallInt({.kind = CallKind::kLock, .fd = fd}, [&] { return __real_flock(fd, operation); });
}

int __wrap_fcntl64(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* argument = va_arg(more, void*);
  va_end(more);
  return CallInt({.kind = CallKind::kFcntl, .fd = fd},
                 [&] { return __real_fcntl64(fd, command, argument); });
}

}  // extern "C"
