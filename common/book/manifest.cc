// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/manifest.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <utility>

#include "common/base/dates.h"
#include "common/base/json.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/book/manifest_reader.h"

namespace audiodl {
namespace {

constexpr uint64_t kVersion = 1;

std::string IsoDate(int64_t seconds) {
  return FormatIsoDate(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

std::string Hex8(uint32_t value) {
  char text[9];
  (void)std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

void AddText(JsonObject& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object.Add(name, text);
}

void AddNumber(JsonObject& object, std::string_view name, const std::optional<uint64_t>& number) {
  if (number) object.Add(name, *number);
}

void AddDate(JsonObject& object, std::string_view name, const std::optional<int64_t>& seconds) {
  if (seconds) object.Add(name, IsoDate(*seconds));
}

std::string ChaptersText(const std::vector<Chapter>& chapters) {
  JsonArray array;
  for (const Chapter& chapter : chapters) {
    array.AddRaw(JsonObject().Add("start_ms", chapter.start_ms).Add("title", chapter.title).Text());
  }
  return array.Text();
}

std::string ChunkText(const ManifestChunk& chunk) {
  JsonObject object;
  object.Add("name", chunk.name);
  AddText(object, "title", chunk.title);
  AddNumber(object, "size", chunk.size);
  AddText(object, "etag", chunk.etag);
  AddDate(object, "modified", chunk.modified);
  AddText(object, "type", chunk.type);
  AddText(object, "sha256", chunk.sha256);
  if (chunk.crc32) object.Add("crc32", Hex8(*chunk.crc32));
  AddNumber(object, "duration_ms", chunk.duration_ms);
  if (!chunk.chapters.empty()) object.AddRaw("chapters", ChaptersText(chunk.chapters));
  return object.Text();
}

Result<std::vector<ManifestChunk>> ReadChunks(const Json& document) {
  std::vector<ManifestChunk> chunks;
  const Json* list = document.Find("chunks");
  if (list == nullptr) return chunks;
  if (list->type() != Json::Type::kArray) return Status::Invalid("\"chunks\" is no array");
  if (list->items().size() > Manifest::kMaxChunks) {
    return Status::Invalid("\"chunks\" has more than " + std::to_string(Manifest::kMaxChunks));
  }
  std::set<std::string_view> names;
  chunks.reserve(list->items().size());  // so that the names stay where they are
  for (const Json& item : list->items()) {
    Result<ManifestChunk> chunk = ReadManifestChunk(item);
    if (!chunk.ok()) {
      return Status::Invalid("chunk " + std::to_string(chunks.size() + 1) + ": " +
                             chunk.status().text());
    }
    chunks.push_back(std::move(*chunk));
    if (!names.insert(chunks.back().name).second) {
      return Status::Invalid("two chunks are called \"" + Printable(chunks.back().name) + "\"");
    }
  }
  return chunks;
}

Status CheckVersion(const Json& document) {
  if (document.type() != Json::Type::kObject) return Status::Invalid("it is no JSON object");
  const Json* version = document.Find("audiodl");
  const std::optional<uint64_t> number = version == nullptr ? std::nullopt : version->AsUint();
  if (number == kVersion) return Status::Ok();
  return Status::Invalid(number ? "its \"audiodl\" is " + std::to_string(*number) +
                                      ", and this version reads 1"
                                : "it has no \"audiodl\": 1");
}

}  // namespace

Result<Manifest> Manifest::Parse(std::string_view text) {
  constexpr size_t kMaxValues = 500'000;
  if (text.size() > kMaxBytes) return Status::Invalid("it is longer than 16 MiB");
  const Result<Json> document = Json::Parse(text, kMaxValues);
  if (!document.ok()) return document.status();
  if (Status status = CheckVersion(*document); !status.ok()) return status;
  Manifest manifest;
  ManifestFields fields(*document);
  fields.Text("title", manifest.title);
  fields.Text("author", manifest.author);
  fields.Text("narrator", manifest.narrator);
  fields.Text("language", manifest.language);
  fields.Text("description", manifest.description);
  fields.Text("cover", manifest.cover);
  fields.Date("released", manifest.released);
  if (!fields.status().ok()) return fields.status();
  Result<std::vector<ManifestChunk>> chunks = ReadChunks(*document);
  if (!chunks.ok()) return chunks.status();
  manifest.chunks = std::move(*chunks);
  return manifest;
}

std::string Manifest::Text() const {
  JsonObject head;
  head.Add("audiodl", kVersion);
  AddText(head, "title", title);
  AddText(head, "author", author);
  AddText(head, "narrator", narrator);
  AddText(head, "language", language);
  AddText(head, "description", description);
  AddText(head, "cover", cover);
  AddDate(head, "released", released);
  std::string lines = head.Text();
  lines.pop_back();  // the brace
  lines += ",\n\"chunks\":[";
  for (const ManifestChunk& chunk : chunks) {
    if (&chunk != &chunks.front()) lines += ',';
    lines += "\n" + ChunkText(chunk);
  }
  return lines + "]}\n";
}

const ManifestChunk* Manifest::Find(std::string_view name) const {
  const auto found = std::find_if(chunks.begin(), chunks.end(),
                                  [&](const ManifestChunk& chunk) { return chunk.name == name; });
  return found == chunks.end() ? nullptr : &*found;
}

}  // namespace audiodl
