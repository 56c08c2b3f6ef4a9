// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/download_name.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

Manifest Book(const char* title, std::vector<std::pair<const char*, const char*>> chunks) {
  Manifest manifest;
  manifest.title = title;
  for (const auto& [name, chunk_title] : chunks) {
    ManifestChunk chunk;
    chunk.name = name;
    chunk.title = chunk_title;
    manifest.chunks.push_back(chunk);
  }
  return manifest;
}

std::string NameIn(const Manifest& manifest, const char* chunk) {
  return DownloadName(manifest, *manifest.Find(chunk));
}

TEST_CASE("DownloadName: titles, with the place in the book") {
  const Manifest dune =
      Book("Dune", {{"c1.mp3", "Book One"}, {"c2.MP3", ""}, {"c3", "Book Three"}});
  CHECK(NameIn(dune, "c1.mp3") == "Dune - 01 - Book One.mp3");
  CHECK(NameIn(dune, "c2.MP3") == "Dune - 02.MP3");
  CHECK(NameIn(dune, "c3") == "Dune - 03 - Book Three");
}

TEST_CASE("DownloadName: a book in one piece, and books that lack titles") {
  const Manifest one = Book("Emma", {{"x.m4b", "All of it"}});
  CHECK(NameIn(one, "x.m4b") == "Emma.m4b");
  const Manifest nameless = Book("", {{"a.mp3", "Beginning"}, {"b.mp3", ""}});
  CHECK(NameIn(nameless, "a.mp3") == "01 - Beginning.mp3");
  CHECK(NameIn(nameless, "b.mp3") == "b.mp3");
  const Manifest only = Book("", {{"a.mp3", "Beginning"}});
  CHECK(NameIn(only, "a.mp3") == "01 - Beginning.mp3");
}

TEST_CASE("DownloadName: places have as many digits as the last") {
  Manifest manifest;
  manifest.title = "Long";
  manifest.chunks.resize(1000);
  for (size_t i = 0; i < 1000; ++i) manifest.chunks[i].name = std::to_string(i) + ".mp3";
  CHECK(NameIn(manifest, "0.mp3") == "Long - 0001.mp3");
  CHECK(NameIn(manifest, "999.mp3") == "Long - 1000.mp3");
}

}  // namespace
}  // namespace audiodl
