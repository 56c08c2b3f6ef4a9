// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/status.h"

#include <cerrno>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Status: an errno keeps its meaning and its words") {
  const Status full = Status::FromErrno(ENOSPC, "write /cache/ab/cd");
  CHECK(full.code() == Code::kNoSpace);
  CHECK(full.text() == "write /cache/ab/cd: No space left on device");
  CHECK(Status::FromErrno(ENOENT, "open x").code() == Code::kNotFound);
  CHECK(Status::FromErrno(EIO, "read x").code() == Code::kIo);
}

TEST_CASE("Status: every code has a name of its own") {
  CHECK(CodeName(Code::kOk) == "ok");
  CHECK(CodeName(Code::kBusy) == "busy");
  CHECK(CodeName(static_cast<Code>(200)) == "unknown");
}

TEST_CASE("Result: is either a value or a status") {
  const Result<int> good = 7;
  CHECK(good.ok());
  CHECK(good.value() == 7);
  const Result<int> bad = Status::Invalid("no number");
  CHECK_FALSE(bad.ok());
  CHECK(bad.status().text() == "no number");
}

}  // namespace
}  // namespace audiodl
