// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book of three parts for the tests of its forms, and one whose every text is an attack.

#ifndef AUDIODL_TESTS_UNIT_BOOK_SAMPLE_BOOK_H_
#define AUDIODL_TESTS_UNIT_BOOK_SAMPLE_BOOK_H_

#include <string>
#include <vector>

#include "common/book/book_view.h"
#include "common/book/manifest.h"

namespace audiodl {

inline Manifest SampleManifest() {
  return Manifest::Parse(R"({"audiodl": 1, "title": "Dune", "author": "Frank Herbert",
    "narrator": "Simon Vance", "language": "en", "description": "Sand.\n\nMore sand.",
    "cover": "/covers/dune.jpg", "released": "2026-11-20T06:00:00Z", "chunks": [
      {"name": "02.mp3", "title": "Book Two", "size": 30000002, "duration_ms": 1800500,
       "sha256": "b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78"},
      {"name": "01.mp3", "title": "Book One", "size": 30000001, "duration_ms": 1888400,
       "chapters": [{"start_ms": 0, "title": "One"}, {"start_ms": 62500, "title": ""}]},
      {"name": "gone.mp3", "title": "Withdrawn"}]})")
      .value();
}

// The third part is not in the manifest.
inline BookView SampleBook() {
  const Manifest manifest = SampleManifest();
  const std::vector<BookPart> parts = {{"02.mp3", &manifest.chunks[0], 1'790'000'000},
                                       {"01.mp3", &manifest.chunks[1], 1'790'000'100},
                                       {"10 \xC3\xBC & more.mp3", nullptr, 1'790'000'200}};
  BookView book = ViewOf("fantasy/dune", parts, &manifest);
  book.cover = "https://www.example.org/covers/dune.jpg";
  book.address.origin = "https://www.example.org";
  book.address.path = "/download/fantasy/dune/";
  book.address.prefix = "/download";
  return book;
}

// What must come out of every form as the same characters, or not at all.
inline const std::vector<std::string>& HostileTexts() {
  static const std::vector<std::string> kTexts = {
      "<script>alert(1)</script>",
      "\"><img src=x onerror=alert(1)>",
      "' onmouseover='alert(1)",
      "]]><x/>",
      "--><b>",
      "</title></style></main>",
      "&amp;&#60;&lt;",
      "#EXTINF:1\nhttp://evil.example/",
      "javascript:alert(1)",
      "\xC3\xA9\xE2\x80\xAE\xF0\x9F\x93\x9A",
      "\\u003c/script\\",
      "{\"a\":1}",
  };
  return kTexts;
}

inline BookView HostileBook(const std::string& text) {
  BookView book = SampleBook();
  book.title = book.author = book.narrator = book.description = text;
  for (PartView& part : book.parts) {
    part.title = text;
    part.chapters = {{0, text}, {1000, text}};
  }
  return book;
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_BOOK_SAMPLE_BOOK_H_
