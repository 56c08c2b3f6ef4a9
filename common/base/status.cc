// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/status.h"

#include <cerrno>
#include <system_error>

namespace audiodl {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kInvalid:
      return "invalid";
    case Code::kNotFound:
      return "not_found";
    case Code::kForbidden:
      return "forbidden";
    case Code::kThrottled:
      return "throttled";
    case Code::kUnreachable:
      return "unreachable";
    case Code::kArchived:
      return "archived";
    case Code::kChanged:
      return "changed";
    case Code::kOutOfRange:
      return "out_of_range";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kNoSpace:
      return "no_space";
    case Code::kIo:
      return "io";
    case Code::kBusy:
      return "busy";
  }
  return "unknown";
}

Status Status::FromErrno(int error_number, std::string_view what) {
  Code code = Code::kIo;
  if (error_number == ENOSPC || error_number == EDQUOT) code = Code::kNoSpace;
  if (error_number == ENOENT) code = Code::kNotFound;
  // std::error_code's message is thread-safe where strerror() is not.
  return Status(code, std::string(what) + ": " + std::generic_category().message(error_number));
}

}  // namespace audiodl
