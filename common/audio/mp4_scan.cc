// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/mp4_scan.h"

#include <algorithm>
#include <string_view>

#include "common/audio/id3_text.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr uint64_t kMaxMoovBytes = uint64_t{64} << 20;
constexpr std::string_view kUtf8 = "\3";  // as an ID3 text's encoding

struct Box {
  std::string type;
  uint64_t begin = 0;  // of its content
  uint64_t end = 0;
};

Status Broken(uint64_t at, const std::string& what) {
  return Status(Code::kCorrupt, "broken at byte " + std::to_string(at) + ": " + what);
}

bool IsType(std::string_view type) {
  return std::all_of(type.begin(), type.end(), [](char c) { return !IsControl(c); });
}

// The box that begins at `offset` of `limit` bytes.
Result<Box> ReadBox(std::string_view header, uint64_t offset, uint64_t limit) {
  if (header.size() < 8) return Broken(offset, "the file ends within a box's header");
  Box box = {.type = std::string(header.substr(4, 4)), .begin = offset + 8, .end = limit};
  if (!IsType(box.type)) return Broken(offset, "what follows is no box");
  uint64_t size = BigEndian(header.substr(0, 4));
  if (size == 0) return box;  // to the end
  if (size == 1) {
    if (header.size() < 16) return Broken(offset, "the file ends within a box's header");
    size = BigEndian64(header.substr(8, 8));
    box.begin += 8;
  }
  if (size < box.begin - offset) return Broken(offset, "what follows is no box");
  if (size > limit - offset) {
    return Broken(limit, "the box '" + Printable(box.type) + "' that begins at byte " +
                             std::to_string(offset) + " lacks " +
                             std::to_string(size - (limit - offset)) + " bytes");
  }
  box.end = offset + size;
  return box;
}

// The boxes within `bytes`, those that are whole.
std::vector<std::pair<std::string, std::string_view>> BoxesIn(std::string_view bytes) {
  std::vector<std::pair<std::string, std::string_view>> boxes;
  for (uint64_t at = 0; at < bytes.size();) {
    const Result<Box> box = ReadBox(bytes.substr(at, 16), at, bytes.size());
    if (!box.ok()) break;
    boxes.emplace_back(box->type, bytes.substr(box->begin, box->end - box->begin));
    at = box->end;
  }
  return boxes;
}

std::string_view Find(std::string_view bytes, std::string_view type) {
  for (const auto& [name, content] : BoxesIn(bytes)) {
    if (name == type) return content;
  }
  return {};
}

std::optional<std::chrono::milliseconds> DurationOf(std::string_view mvhd) {
  const bool is_long = !mvhd.empty() && mvhd[0] == 1;
  const size_t at = is_long ? 20 : 12;
  if (mvhd.size() < at + (is_long ? 12 : 8)) return std::nullopt;
  const uint64_t scale = BigEndian(mvhd.substr(at, 4));
  const uint64_t units =
      is_long ? BigEndian64(mvhd.substr(at + 4, 8)) : BigEndian(mvhd.substr(at + 4, 4));
  // All ones: nobody knows.
  const uint64_t unknown = is_long ? UINT64_MAX : UINT32_MAX;
  if (scale == 0 || units == 0 || units == unknown || units / scale > UINT32_MAX) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(units / scale * 1000 + units % scale * 1000 / scale);
}

// ilst's item: a box "data" of type, locale and text.
std::string TextOf(std::string_view item) {
  const std::string_view data = Find(item, "data");
  if (data.size() < 8) return {};
  return DecodeId3Text(std::string(kUtf8).append(data.substr(8)));
}

std::vector<Mp4Chapter> ChaptersOf(std::string_view chpl) {
  std::vector<Mp4Chapter> chapters;
  if (chpl.empty()) return chapters;
  size_t at = chpl[0] == 0 ? 4 : 8;  // later versions have four reserved bytes
  if (chpl.size() <= at) return chapters;
  size_t left = static_cast<unsigned char>(chpl[at++]);
  for (; left > 0 && at + 9 <= chpl.size(); --left) {
    const uint64_t start = BigEndian64(chpl.substr(at, 8));  // in 100 ns
    const size_t length = static_cast<unsigned char>(chpl[at + 8]);
    const std::string_view title = chpl.substr(at + 9, length);
    chapters.push_back({start / 10000, DecodeId3Text(std::string(kUtf8).append(title))});
    at += 9 + length;
  }
  std::stable_sort(chapters.begin(), chapters.end(), [](const Mp4Chapter& a, const Mp4Chapter& b) {
    return a.start_ms < b.start_ms;
  });
  return chapters;
}

void TakeMetadata(std::string_view moov, Mp4Facts& facts) {
  facts.duration = DurationOf(Find(moov, "mvhd"));
  const std::string_view udta = Find(moov, "udta");
  facts.chapters = ChaptersOf(Find(udta, "chpl"));
  // 'meta' begins with four bytes of version and flags.
  const std::string_view meta = Find(udta, "meta");
  const std::string_view ilst = meta.size() < 4 ? std::string_view() : Find(meta.substr(4), "ilst");
  facts.title = TextOf(Find(ilst, "\xa9nam"));
  facts.album = TextOf(Find(ilst,
                            "\xa9"
                            "alb"));
  facts.artist = TextOf(Find(ilst,
                             "\xa9"
                             "ART"));
}

std::string ReadAll(ByteSource& source, uint64_t begin, uint64_t end) {
  std::string all;
  while (begin < end) {
    const std::string_view piece =
        source.At(begin, std::min<uint64_t>(end - begin, ByteSource::kMaxBytes));
    if (piece.empty()) break;
    all.append(piece);
    begin += piece.size();
  }
  return all;
}

Status CheckInside(std::string_view moov, uint64_t moov_begin) {
  for (uint64_t at = 0; at < moov.size();) {
    const Result<Box> box = ReadBox(moov.substr(at, 16), at, moov.size());
    if (!box.ok()) return Broken(moov_begin + at, "the box 'moov' is damaged");
    at = box->end;
  }
  return Status::Ok();
}

}  // namespace

Result<Mp4Facts> ScanMp4(ByteSource& source) {
  if (source.At(4, 4) != "ftyp") {
    return Status(Code::kCorrupt, "it does not begin as an m4a or m4b must (with 'ftyp')");
  }
  std::optional<Box> moov;
  bool has_sound = false;
  for (uint64_t at = 0; at < source.size();) {
    const Result<Box> box = ReadBox(source.At(at, 16), at, source.size());
    if (!source.status().ok()) return source.status();
    if (!box.ok()) return box.status();
    if (box->type == "moov") moov = *box;
    if (box->type == "mdat" && box->end > box->begin) has_sound = true;
    at = box->end;
  }
  if (!moov || moov->end - moov->begin > kMaxMoovBytes) {
    return Broken(source.size(), "there is no index (the box 'moov'): the file is not whole");
  }
  if (!has_sound) return Broken(source.size(), "there is no sound in it (no box 'mdat')");
  const std::string index = ReadAll(source, moov->begin, moov->end);
  if (!source.status().ok()) return source.status();
  if (Status status = CheckInside(index, moov->begin); !status.ok()) return status;
  Mp4Facts facts;
  TakeMetadata(index, facts);
  return facts;
}

}  // namespace audiodl
