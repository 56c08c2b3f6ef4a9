// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/content_disposition.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("ContentDisposition: plain where ASCII will do, twice where it will not") {
  const std::pair<const char*, const char*> rows[] = {
      {"01.mp3", "filename=\"01.mp3\""},
      {"Dune - 01 - Book One.mp3", "filename=\"Dune - 01 - Book One.mp3\""},
      {"John's.mp3", "filename=\"John's.mp3\""},
      {"Émile's.mp3", "filename=\"Emile's.mp3\"; filename*=UTF-8''%C3%89mile%27s.mp3"},
      {"三体.mp3", "filename=\"__.mp3\"; filename*=UTF-8''%E4%B8%89%E4%BD%93.mp3"},
      {"100% (a);b.mp3", "filename=\"100% (a);b.mp3\""},
      {"É%41 (a);b.mp3",
       "filename=\"E_41 (a);b.mp3\"; filename*=UTF-8''%C3%89_41%20%28a%29%3Bb.mp3"},
      {"a\"b\\c\r\nX: y.mp3", "filename=\"a_b_cX_ y.mp3\""},
  };
  for (const auto& [name, expected] : rows) {
    CAPTURE(name);
    CHECK(ContentDisposition(Disposition::kAttachment, name) ==
          std::string("attachment; ") + expected);
    CHECK(ContentDisposition(Disposition::kInline, name) == std::string("inline; ") + expected);
  }
}

TEST_CASE("ParseDisposition: one of two words") {
  CHECK(*ParseDisposition("attachment") == Disposition::kAttachment);
  CHECK(*ParseDisposition("inline") == Disposition::kInline);
  for (const char* word : {"", "Attachment", "none", "inline "}) {
    CAPTURE(word);
    CHECK(ParseDisposition(word).status().code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace audiodl
