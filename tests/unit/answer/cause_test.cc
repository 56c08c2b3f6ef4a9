// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/cause.h"

#include <set>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Cause: every row is found by its name and says what a client and the support need") {
  CHECK(AllCauses().size() >= 20);
  std::set<std::string_view> names;
  for (const CauseInfo& info : AllCauses()) {
    CAPTURE(info.name);
    CHECK(names.insert(info.name).second);
    CHECK(FindCause(info.name) == &info);
    CHECK(&InfoOf(info.cause) == &info);
    CHECK((info.status >= 401 && info.status <= 503));
    // RFC 9110 section 10.2.3: who is to come again is told when, and nobody else.
    CHECK((info.retry_after > 0) == (info.status == 503 || info.status == 429));
    for (const std::string_view text : {info.title, info.advice, info.meaning, info.next_step}) {
      CHECK_FALSE(text.empty());
    }
    CHECK(info.meaning.ends_with('.'));
    CHECK(info.next_step.ends_with('.'));
  }
  CHECK(FindCause("") == nullptr);
  CHECK(FindCause("Not-Entitled") == nullptr);
}

TEST_CASE("Cause: the pages of those who may not know more are the same") {
  const CauseInfo& not_entitled = InfoOf(Cause::kNotEntitled);
  for (const Cause cause : {Cause::kRevoked, Cause::kOtherRule}) {
    CHECK(InfoOf(cause).status == not_entitled.status);
    CHECK(InfoOf(cause).title == not_entitled.title);
    CHECK(InfoOf(cause).advice == not_entitled.advice);
  }
  CHECK(InfoOf(Cause::kNoSession).advice == InfoOf(Cause::kSessionUnreadable).advice);
}

TEST_CASE("Cause: no page speaks of what is inside") {
  for (const CauseInfo& info : AllCauses()) {
    for (const std::string_view text : {info.title, info.advice}) {
      for (const std::string_view inner :
           {"S3", "bucket", "origin", "database", "SQL", "Apache", "cache", "Audio"}) {
        CAPTURE(text, inner);
        CHECK((text.find(inner) == std::string_view::npos ||
               text.find("audiobook") != std::string_view::npos));
      }
    }
  }
}

TEST_CASE("Cause: what the origin's trouble is called") {
  constexpr struct {
    Code code;
    std::string_view name;
    int status;
  } kTable[] = {
      {Code::kNotFound, "origin-missing", 404},    {Code::kForbidden, "origin-forbidden", 503},
      {Code::kThrottled, "origin-throttled", 503}, {Code::kUnreachable, "origin-unreachable", 503},
      {Code::kArchived, "origin-archived", 503},   {Code::kChanged, "origin-changed", 503},
      {Code::kOutOfRange, "origin-changed", 503},  {Code::kCorrupt, "origin-damaged", 503},
      {Code::kInvalid, "origin-damaged", 503},     {Code::kNoSpace, "cache-trouble", 503},
      {Code::kIo, "cache-trouble", 503},           {Code::kBusy, "too-busy", 503},
  };
  for (const auto& row : kTable) {
    CHECK(InfoOf(CauseOfOrigin(row.code)).name == row.name);
    CHECK(InfoOf(CauseOfOrigin(row.code)).status == row.status);
  }
}

}  // namespace
}  // namespace audiodl
