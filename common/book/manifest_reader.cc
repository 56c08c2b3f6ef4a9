// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/manifest_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "common/base/dates.h"
#include "common/base/text.h"
#include "common/cache/chunk_name.h"
#include "common/s3/entity_tag.h"

namespace audiodl {
namespace {

// Titles reach headers, pages and logs; where a line end would matter there, that place sees to it.
bool IsPlainText(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return IsControl(c) && c != '\n' && c != '\r' && c != '\t'; });
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

// Chunk names are checked as what they are behind a book.
Status CheckName(const std::string& name) {
  if (name.find('/') != std::string::npos) return Status::Invalid("its \"name\" has a slash");
  const Result<ChunkName> parsed = ChunkName::Parse("book/" + name);
  return parsed.ok() ? Status::Ok() : Status::Invalid("its \"name\": " + parsed.status().text());
}

}  // namespace

const Json* ManifestFields::Member(std::string_view name) const {
  const Json* member = object_.Find(name);
  return member == nullptr || member->type() == Json::Type::kNull ? nullptr : member;
}

void ManifestFields::Fail(std::string_view name, std::string_view should_be) {
  if (!status_.ok()) return;
  status_ = Status::Invalid("\"" + std::string(name) + "\" is no " + std::string(should_be));
}

void ManifestFields::Text(std::string_view name, std::string& target) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  std::optional<std::string> text = member->AsString();
  if (!text || !IsPlainText(*text)) return Fail(name, "plain text");
  target = std::move(*text);
}

void ManifestFields::Number(std::string_view name, std::optional<uint64_t>& target) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  target = member->AsUint();
  // What is added to it must fit: offsets are signed in the C library.
  if (!target || *target > uint64_t{1} << 50) Fail(name, "whole number up to 2^50");
}

void ManifestFields::Date(std::string_view name, std::optional<int64_t>& target) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  const Result<std::chrono::sys_seconds> date = ParseIsoDate(member->AsString().value_or(""));
  if (!date.ok()) return Fail(name, "date like 2026-11-27T06:00:00Z");
  target = date->time_since_epoch().count();
}

void ManifestFields::Crc(std::string_view name, std::optional<uint32_t>& target) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  const std::string text = member->AsString().value_or("");
  uint32_t value = 0;
  if (text.size() != 8 || !IsHex(text)) return Fail(name, "number of 8 hex digits");
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  target = value;
}

void ManifestFields::Chapters(std::string_view name, std::vector<Chapter>& target) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  if (member->type() != Json::Type::kArray) return Fail(name, "array");
  for (const Json& item : member->items()) {
    Chapter chapter;
    ManifestFields fields(item);
    std::optional<uint64_t> start;
    fields.Number("start_ms", start);
    fields.Text("title", chapter.title);
    if (!fields.status().ok() || !start) return Fail(name, "list of {\"start_ms\", \"title\"}");
    chapter.start_ms = *start;
    if (!target.empty() && target.back().start_ms > chapter.start_ms) {
      return Fail(name, "ascending list");
    }
    target.push_back(std::move(chapter));
  }
}

Result<ManifestChunk> ReadManifestChunk(const Json& item) {
  if (item.type() != Json::Type::kObject) return Status::Invalid("it is no JSON object");
  ManifestChunk chunk;
  ManifestFields fields(item);
  fields.Text("name", chunk.name);
  fields.Text("title", chunk.title);
  fields.Number("size", chunk.size);
  fields.Text("etag", chunk.etag);
  fields.Date("modified", chunk.modified);
  fields.Text("type", chunk.type);
  fields.Text("sha256", chunk.sha256);
  fields.Crc("crc32", chunk.crc32);
  fields.Number("duration_ms", chunk.duration_ms);
  fields.Chapters("chapters", chunk.chapters);
  if (!fields.status().ok()) return fields.status();
  if (Status status = CheckName(chunk.name); !status.ok()) return status;
  if (!chunk.etag.empty()) {
    if (Status status = CheckEntityTag(chunk.etag); !status.ok()) return status;
  }
  if (!chunk.sha256.empty() && (chunk.sha256.size() != 64 || !IsHex(chunk.sha256))) {
    return Status::Invalid("its \"sha256\" is not 64 lower-case hex digits");
  }
  return chunk;
}

}  // namespace audiodl
