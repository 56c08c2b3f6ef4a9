// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/manifest.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

Manifest Whole() {
  Manifest manifest;
  manifest.title = "Dune \"I\"";
  manifest.author = "Frank Herbert";
  manifest.narrator = "Simon Vance";
  manifest.language = "en";
  manifest.description = "Sand.\nMore sand.";
  manifest.cover = "https://www.example.org/dune.jpg";
  manifest.released = 1795759200;
  ManifestChunk chunk;
  chunk.name = "01.mp3";
  chunk.title = "Book One \xe7\xa0\x82";
  chunk.size = 30214400;
  chunk.etag = "\"9bb58f26192e4ba00f01e2e7b136bbd8\"";
  chunk.modified = 1795759100;
  chunk.type = "audio/mpeg";
  chunk.sha256 = std::string(64, 'a');
  chunk.crc32 = 0x00ff10a6;
  chunk.duration_ms = 1888400;
  chunk.chapters = {{0, "Chapter 1"}, {600000, ""}};
  manifest.chunks.push_back(chunk);
  ManifestChunk bare;
  bare.name = "02.mp3";
  manifest.chunks.push_back(bare);
  return manifest;
}

std::string ErrorOf(const std::string& text) {
  const Result<Manifest> manifest = Manifest::Parse(text);
  return manifest.ok() ? "" : manifest.status().text();
}

std::string WithChunk(const std::string& members) {
  return R"({"audiodl":1,"chunks":[{"name":"01.mp3"},{)" + members + "}]}";
}

TEST_CASE("Manifest: reads back what it wrote") {
  const Manifest manifest = Whole();
  const Result<Manifest> read = Manifest::Parse(manifest.Text());
  REQUIRE(read.ok());
  CHECK(*read == manifest);
  CHECK(Manifest::Parse(Manifest().Text()).ok());
}

TEST_CASE("Manifest: passes over what it does not know") {
  const Result<Manifest> manifest = Manifest::Parse(
      R"({"audiodl":1,"mood":["dry"],"title":null,"chunks":[{"name":"1","x":{}}]})");
  REQUIRE(manifest.ok());
  CHECK(manifest->title.empty());
  REQUIRE(manifest->Find("1") != nullptr);
  CHECK(manifest->Find("2") == nullptr);
}

TEST_CASE("Manifest: says what is wrong and where") {
  struct Case {
    std::string text, says;
  };
  const Case cases[] = {
      {"[]", "no JSON object"},
      {"{}", "no \"audiodl\": 1"},
      {R"({"audiodl":2})", "this version reads 1"},
      {R"({"audiodl":1,"title":7})", "\"title\" is no plain text"},
      {R"({"audiodl":1,"title":"a\u0000b"})", "\"title\" is no plain text"},
      {R"({"audiodl":1,"released":"today"})", "\"released\" is no date"},
      {R"({"audiodl":1,"chunks":{}})", "no array"},
      {WithChunk(R"("title":"x")"), "chunk 2: its \"name\""},
      {WithChunk(R"("name":"../x")"), "chunk 2: its \"name\" has a slash"},
      {WithChunk(R"("name":".x")"), "chunk 2: its \"name\""},
      {WithChunk(R"("name":"01.mp3")"), "two chunks are called \"01.mp3\""},
      {WithChunk(R"("name":"2","size":-1)"), "chunk 2: \"size\""},
      {WithChunk(R"("name":"2","size":1125899906842625)"), "chunk 2: \"size\""},
      {WithChunk(R"("name":"2","etag":"W/\"x\"")"), "chunk 2: "},
      {WithChunk(R"("name":"2","sha256":"AA")"), "chunk 2: its \"sha256\""},
      {WithChunk(R"("name":"2","crc32":"123")"), "chunk 2: \"crc32\""},
      {WithChunk(R"("name":"2","chapters":[{"title":"x"}])"), "chunk 2: \"chapters\""},
      {WithChunk(R"("name":"2","chapters":[{"start_ms":2},{"start_ms":1}])"), "ascending"},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    CHECK(ErrorOf(each.text).find(each.says) != std::string::npos);
  }
}

}  // namespace
}  // namespace audiodl
