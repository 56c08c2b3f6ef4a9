// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/entity_tag_match.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr auto kStrong = TagComparison::kStrong;
constexpr auto kWeak = TagComparison::kWeak;

TEST_CASE("ListsTag: finds the tag wherever it stands") {
  for (const char* list : {R"("a")", R"( "a" )", R"("b","a")", R"("b", "a", "c")", R"(,,"a",)",
                           R"("x,y", "a")", R"(a, "a")", R"(b "b", "a")", R"(W/"b","a")"}) {
    CAPTURE(list);
    CHECK(ListsTag(list, R"("a")", kStrong));
    CHECK(ListsTag(list, R"("a")", kWeak));
  }
}

TEST_CASE("ListsTag: does not find what is not there") {
  for (const char* list :
       {"", " ", ",", "a", "*", R"("A")", R"("b")", R"("ab")", R"("a)", R"(a")", R"("")", R"('a')",
        R"("b,"a",")", R"("x,"a",y")", R"(w/"a")", R"(W/a)", R"("a" "b")", R"("a"x)", R"(W/)"}) {
    CAPTURE(list);
    CHECK_FALSE(ListsTag(list, R"("a")", kStrong));
    CHECK_FALSE(ListsTag(list, R"("a")", kWeak));
  }
  CHECK_FALSE(ListsTag(R"("")", "", kWeak));
}

TEST_CASE("ListsTag: a weak tag is equal only weakly") {
  CHECK(ListsTag(R"(W/"a")", R"("a")", kWeak));
  CHECK(ListsTag(R"("b", W/"a")", R"("a")", kWeak));
  CHECK_FALSE(ListsTag(R"(W/"a")", R"("a")", kStrong));
}

TEST_CASE("ListsTag: S3's tag of an object in parts, and tags with commas") {
  CHECK(ListsTag(R"("d41d8cd98f00b204e9800998ecf8427e-38")",
                 R"("d41d8cd98f00b204e9800998ecf8427e-38")", kStrong));
  CHECK(ListsTag(R"("b,c", "a,b")", R"("a,b")", kStrong));
  CHECK_FALSE(ListsTag(R"("x, "a,b")", R"("a,b")", kStrong));
}

TEST_CASE("IsSameStrongTag: one tag, strong") {
  CHECK(IsSameStrongTag(R"("a")", R"("a")"));
  CHECK(IsSameStrongTag(R"( "a")", R"("a")"));
  for (const char* field : {"", "a", R"(W/"a")", R"("a","a")", R"("b")", "*"}) {
    CAPTURE(field);
    CHECK_FALSE(IsSameStrongTag(field, R"("a")"));
  }
  CHECK_FALSE(IsSameStrongTag("", ""));
}

}  // namespace
}  // namespace audiodl
