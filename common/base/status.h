// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Status and Result<T>: how every expected outcome is told. A Status is a code, which decides what
// the caller does, and a sentence for the administrator: what failed, on which file or key, why and
// what to do next. Never put a secret, a cookie or an SQL parameter into the sentence.
//
//   Result<Origin> origin = Origin::Parse("s3://books/prod region=eu-west-1");
//   if (!origin.ok()) return origin.status();
//   Use(origin.value());
//
// Both are values: one thread at a time may touch one object.

#ifndef AUDIODL_COMMON_BASE_STATUS_H_
#define AUDIODL_COMMON_BASE_STATUS_H_

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace audiodl {

enum class Code : unsigned char {
  kOk = 0,
  kInvalid,      // what was given is wrong: a directive, a key, a header, a file's contents
  kNotFound,     // the thing does not exist, and whoever was asked said so
  kForbidden,    // the origin refuses our credentials
  kThrottled,    // the origin asks us to slow down
  kUnreachable,  // no answer, or a broken one, within the time allowed
  kArchived,     // the object exists but must be restored first
  kChanged,      // the object is no longer the generation that was asked for
  kOutOfRange,   // the origin has the object, but none of the bytes that were asked for
  kCorrupt,      // bytes do not agree with their checksum, or a file is malformed
  kNoSpace,      // the disk, or a limit of ours, has no room
  kIo,           // a system call failed
  kBusy,         // somebody else holds it; trying again later is right
};

// A word for logs and counters: "not_found".
std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string text) : code_(code), text_(std::move(text)) {}

  static Status Ok() { return Status(); }
  static Status Invalid(std::string text) { return Status(Code::kInvalid, std::move(text)); }

  // The one place where an errno becomes a Status: "open /var/cache/x: Permission denied".
  // ENOSPC and EDQUOT give kNoSpace, ENOENT gives kNotFound, all others kIo.
  static Status FromErrno(int error_number, std::string_view what);

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& text() const { return text_; }

 private:
  Code code_ = Code::kOk;
  std::string text_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  // REQUIRES: ok()
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_STATUS_H_
