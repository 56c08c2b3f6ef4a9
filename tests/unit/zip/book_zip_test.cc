// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/zip/book_zip.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

ManifestChunk Chunk(std::string name, std::string title = "") {
  ManifestChunk chunk;
  chunk.name = std::move(name);
  chunk.title = std::move(title);
  chunk.size = 10;
  chunk.etag = "\"e\"";
  chunk.crc32 = 7;
  return chunk;
}

// Every chunk for sale, in the manifest's order.
std::vector<BookPart> PartsOf(const Manifest& manifest) {
  std::vector<BookPart> parts;
  for (const ManifestChunk& chunk : manifest.chunks) parts.push_back({chunk.name, &chunk});
  return parts;
}

std::vector<std::string> NamesIn(const Manifest& manifest, std::string_view book = "x/dune") {
  const Result<BookZip> zip = MakeBookZip(book, &manifest, PartsOf(manifest));
  REQUIRE(zip.ok());
  std::vector<std::string> names;
  for (const ZipEntry& entry : zip->layout.entries()) names.push_back(entry.name);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("MakeBookZip: titles, numbered in the book's order, in a folder with the book's name") {
  Manifest manifest;
  manifest.title = "Dune";
  manifest.chunks = {Chunk("b.mp3", "Book One"), Chunk("a.m4b", "Book: Two?"),
                     Chunk("noending", "3")};
  CHECK(NamesIn(manifest) ==
        Names{"Dune/01 - Book One.mp3", "Dune/02 - Book_ Two_.m4b", "Dune/03 - 3"});
}

TEST_CASE("MakeBookZip: where some have no title their own names stand behind the number") {
  Manifest manifest;
  manifest.chunks = {Chunk("intro.mp3"), Chunk("a.mp3", "One")};
  CHECK(NamesIn(manifest) == Names{"dune/01 - intro.mp3", "dune/02 - One.mp3"});
}

TEST_CASE("MakeBookZip: without titles the listing's own names, and its book's last segment") {
  Manifest manifest;
  manifest.chunks = {Chunk("CD1-01.mp3"), Chunk("CD1-02.mp3")};
  CHECK(NamesIn(manifest, "fantasy/Dune") == Names{"Dune/CD1-01.mp3", "Dune/CD1-02.mp3"});
  CHECK(NamesIn(manifest, "Dune")[0] == "Dune/CD1-01.mp3");
}

TEST_CASE("MakeBookZip: numbers are as wide as the last one") {
  Manifest manifest;
  for (int i = 0; i < 120; ++i) manifest.chunks.push_back(Chunk(std::to_string(i), "t"));
  CHECK(NamesIn(manifest).front() == "dune/001 - t");
  CHECK(NamesIn(manifest).back() == "dune/120 - t");
}

TEST_CASE("MakeBookZip: no two files get the same name, whatever the system thinks of case") {
  Manifest manifest;
  const std::string longest(240, 'x');
  manifest.chunks = {Chunk("a.mp3"),     Chunk("A.mp3"),       Chunk("a:.mp3"),     Chunk("a_.mp3"),
                     Chunk("a (2).mp3"), Chunk(longest + "1"), Chunk(longest + "2")};
  const Names names = NamesIn(manifest);
  CHECK(names[0] == "dune/a.mp3");
  CHECK(names[1] == "dune/A (2).mp3");
  CHECK(names[2] == "dune/a_.mp3");
  CHECK(names[3] == "dune/a_ (2).mp3");
  CHECK(names[4] == "dune/a (2) (2).mp3");
  CHECK(names[5] != names[6]);
}

TEST_CASE("MakeBookZip: what the manifest does not say is asked for by name") {
  Manifest manifest;
  manifest.chunks = {Chunk("1.mp3"), Chunk("2.mp3")};
  CHECK(MakeBookZip("dune", nullptr, {}).status().code() == Code::kNotFound);
  std::vector<BookPart> parts = PartsOf(manifest);
  parts[1].details = nullptr;
  CHECK(MakeBookZip("dune", &manifest, parts).status().text().find("does not name \"2.mp3\"") !=
        std::string::npos);
  const std::vector<std::pair<const char*, void (*)(ManifestChunk&)>> missing = {
      {"the size of", [](ManifestChunk& c) { c.size.reset(); }},
      {"the etag of", [](ManifestChunk& c) { c.etag.clear(); }},
      {"the crc32 of", [](ManifestChunk& c) { c.crc32.reset(); }},
  };
  for (const auto& [what, remove] : missing) {
    Manifest lacking = manifest;
    remove(lacking.chunks[1]);
    const Status status = MakeBookZip("dune", &lacking, PartsOf(lacking)).status();
    CHECK(status.code() == Code::kNotFound);
    CHECK(status.text().find(std::string(what) + " \"2.mp3\"") != std::string::npos);
  }
}

TEST_CASE("MakeBookZip: a CRC of nothing that is none is a fault of the manifest") {
  Manifest manifest;
  manifest.chunks = {Chunk("1.mp3"), Chunk("2.mp3")};
  manifest.chunks[1].size = 0;
  CHECK(MakeBookZip("dune", &manifest, PartsOf(manifest)).status().code() == Code::kInvalid);
}

TEST_CASE("MakeBookZip: it was modified when its latest part was; nobody knows is no date") {
  Manifest manifest;
  manifest.chunks = {Chunk("1.mp3"), Chunk("2.mp3"), Chunk("3.mp3")};
  CHECK_FALSE(MakeBookZip("dune", &manifest, PartsOf(manifest))->last_modified);
  manifest.chunks[0].modified = 200;
  manifest.chunks[2].modified = 100;
  CHECK(MakeBookZip("dune", &manifest, PartsOf(manifest))->last_modified == 200);
}

TEST_CASE("MakeBookZip: another generation of one part is another zip") {
  Manifest manifest;
  manifest.chunks = {Chunk("1.mp3"), Chunk("2.mp3")};
  const auto tag = [&] {
    return MakeBookZip("dune", &manifest, PartsOf(manifest))->layout.EntityTag();
  };
  const std::string before = tag();
  manifest.description = "nothing that is in the zip";
  CHECK(tag() == before);
  manifest.chunks[1].sha256 = std::string(64, 'a');
  const std::string hashed = tag();
  CHECK(hashed != before);
  manifest.chunks[1].etag = "\"f\"";
  CHECK(tag() != hashed);
}

}  // namespace
}  // namespace audiodl
