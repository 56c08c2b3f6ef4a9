// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/id3_tag.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/audio/audio_tags.h"
#include "common/audio/id3_text.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kHeaderBytes = 10;
// A cover of a few megabytes is usual; more is no tag that one should read.
constexpr uint64_t kMaxTagBytes = uint64_t{64} << 20;
constexpr size_t kMaxChapters = 10'000;
constexpr uint32_t kNoOffset = 0xffffffff;
constexpr size_t kMaxEntriesOfToc = 255;  // its number is one byte

uint32_t Synchsafe(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) number = number << 7 | (static_cast<unsigned char>(c) & 0x7f);
  return number;
}

// FF 00 stands for FF, so that no tag looks like a frame.
std::string Resynchronised(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    out.push_back(bytes[i]);
    if (bytes[i] == '\xff' && i + 1 < bytes.size() && bytes[i + 1] == '\0') ++i;
  }
  return out;
}

bool IsFrameId(std::string_view id) {
  return std::all_of(id.begin(), id.end(), [](char c) { return IsUpper(c) || IsDigit(c); });
}

// 2.2 had three letters; only the texts are worth knowing.
std::string_view LongId(std::string_view short_id) {
  constexpr std::pair<std::string_view, std::string_view> kIds[] = {
      {"TT2", "TIT2"}, {"TAL", "TALB"}, {"TP1", "TPE1"}, {"TRK", "TRCK"}};
  for (const auto& [known, id] : kIds) {
    if (known == short_id) return id;
  }
  return {};
}

// Goes from frame to frame through a tag, or through the frames within a chapter's.
class FrameReader {
 public:
  FrameReader(std::string_view bytes, unsigned version) : bytes_(bytes), version_(version) {}

  // None: the end, padding, or what is no frame. A frame with an empty id is one to pass over.
  std::optional<Id3Frame> Next() {
    const size_t header_bytes = version_ == 2 ? 6 : kHeaderBytes;
    if (bytes_.size() < header_bytes) return std::nullopt;
    const std::string_view id = bytes_.substr(0, version_ == 2 ? 3 : 4);
    if (!IsFrameId(id)) return std::nullopt;
    const size_t size = SizeOf(header_bytes);
    if (size > bytes_.size() - header_bytes) return std::nullopt;
    Id3Frame frame;
    frame.body = bytes_.substr(header_bytes, size);
    frame.id = version_ == 2 ? LongId(id) : id;
    if (version_ > 2) Undo(BigEndian(bytes_.substr(8, 2)), frame);
    bytes_.remove_prefix(header_bytes + size);
    return frame;
  }

 private:
  size_t SizeOf(size_t header_bytes) const {
    if (version_ == 2) return BigEndian(bytes_.substr(3, 3));
    const size_t plain = BigEndian(bytes_.substr(4, 4));
    if (version_ == 3) return plain;
    const size_t synchsafe = Synchsafe(bytes_.substr(4, 4));
    // iTunes once wrote plain sizes into 2.4: then the next frame begins elsewhere.
    return plain == synchsafe || FrameOrEndAt(header_bytes + synchsafe) ? synchsafe : plain;
  }

  bool FrameOrEndAt(size_t at) const {
    if (at == bytes_.size()) return true;
    if (at + 4 > bytes_.size()) return false;
    const std::string_view id = bytes_.substr(at, 4);
    return IsFrameId(id) || id == std::string_view("\0\0\0\0", 4);
  }

  // What the frame's flags say was done to its body.
  void Undo(uint32_t flags, Id3Frame& frame) const {
    const uint32_t unreadable = version_ == 4 ? 0x0c : 0xc0;  // compressed, encrypted
    if ((flags & unreadable) != 0) return frame.id.clear();
    const bool has_group = (flags & (version_ == 4 ? 0x40 : 0x20)) != 0;
    const bool has_length = version_ == 4 && (flags & 0x01) != 0;
    const size_t skip = (has_group ? 1 : 0) + (has_length ? 4 : 0);
    frame.body.erase(0, std::min(skip, frame.body.size()));
    if (version_ == 4 && (flags & 0x02) != 0) frame.body = Resynchronised(frame.body);
  }

  std::string_view bytes_;
  const unsigned version_;
};

// Element id, NUL, start, end, two byte offsets, frames.
std::optional<Id3Chapter> ParseChapter(std::string_view body, unsigned version) {
  const size_t nul = body.find('\0');
  if (nul == std::string_view::npos || body.size() < nul + 1 + 16) return std::nullopt;
  const std::string_view rest = body.substr(nul + 1);
  Id3Chapter chapter;
  chapter.start_ms = BigEndian(rest.substr(0, 4));
  chapter.end_ms = BigEndian(rest.substr(4, 4));
  FrameReader frames(rest.substr(16), version);
  while (const std::optional<Id3Frame> frame = frames.Next()) {
    if (frame->id == "TIT2" && chapter.title.empty()) chapter.title = DecodeId3Text(frame->body);
  }
  return chapter;
}

void TakeText(const Id3Frame& frame, std::string& target) {
  if (target.empty()) target = DecodeId3Text(frame.body);
}

void TakeFrame(Id3Frame frame, unsigned version, Id3Tag& tag) {
  if (frame.id == "TIT2") return TakeText(frame, tag.title);
  if (frame.id == "TALB") return TakeText(frame, tag.album);
  if (frame.id == "TPE1") return TakeText(frame, tag.artist);
  if (frame.id == "TRCK") return TakeText(frame, tag.track);
  if (frame.id == "TLEN") {
    if (!tag.length_ms) tag.length_ms = ParseDecimal(DecodeId3Text(frame.body));
    return;
  }
  if (frame.id == "CHAP") {
    std::optional<Id3Chapter> chapter = ParseChapter(frame.body, version);
    if (chapter && tag.chapters.size() < kMaxChapters) tag.chapters.push_back(*std::move(chapter));
    return;
  }
  // The table of contents is made anew of the chapters.
  if (!frame.id.empty() && frame.id != "CTOC") tag.others.push_back(std::move(frame));
}

// The bytes behind the extended header, whose size counts itself in 2.4 only.
std::string_view WithoutExtendedHeader(std::string_view body, unsigned version) {
  if (body.size() < 4) return {};
  const size_t size =
      version == 4 ? Synchsafe(body.substr(0, 4)) : BigEndian(body.substr(0, 4)) + 4;
  return body.substr(std::min(size, body.size()));
}

std::string ReadAll(ByteSource& source, uint64_t offset, uint64_t bytes) {
  std::string all;
  while (bytes > 0) {
    const std::string_view piece =
        source.At(offset, std::min<uint64_t>(bytes, ByteSource::kMaxBytes));
    if (piece.empty()) break;
    all.append(piece);
    offset += piece.size();
    bytes -= piece.size();
  }
  return all;
}

void ReadOne(std::string_view whole, Id3Tag& tag) {
  const auto version = static_cast<unsigned char>(whole[3]);
  const auto flags = static_cast<unsigned char>(whole[5]);
  const size_t size = std::min<size_t>(Synchsafe(whole.substr(6, 4)), whole.size() - kHeaderBytes);
  std::string body(whole.substr(kHeaderBytes, size));
  // In 2.4 each frame says it for itself.
  if ((flags & 0x80) != 0 && version < 4) body = Resynchronised(body);
  std::string_view frames = body;
  if ((flags & 0x40) != 0 && version > 2) frames = WithoutExtendedHeader(frames, version);
  FrameReader reader(frames, version);
  while (std::optional<Id3Frame> frame = reader.Next()) {
    TakeFrame(*std::move(frame), version, tag);
  }
}

std::string Bytes4(uint32_t number) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(number >> shift));
  return out;
}

std::string FrameText(std::string_view id, std::string_view body) {
  std::string out(id);
  out += Bytes4(static_cast<uint32_t>(body.size()));
  out.append(2, '\0');
  return out.append(body);
}

void AppendText(std::string_view id, const std::string& text, std::string& out) {
  if (!text.empty()) out += FrameText(id, EncodeId3Text(text));
}

std::string ElementId(size_t number) { return "chp" + std::to_string(number); }

std::string ChapterFrame(const Id3Chapter& chapter, size_t number) {
  std::string body = ElementId(number);
  body.push_back('\0');
  body += Bytes4(chapter.start_ms) + Bytes4(chapter.end_ms) + Bytes4(kNoOffset) + Bytes4(kNoOffset);
  AppendText("TIT2", chapter.title, body);
  return FrameText("CHAP", body);
}

// Top level, ordered.
std::string TableOfContents(size_t chapters) {
  std::string body("toc\0\x03", 5);
  body.push_back(static_cast<char>(chapters));
  for (size_t i = 0; i < chapters; ++i) body.append(ElementId(i)).push_back('\0');
  return FrameText("CTOC", body);
}

}  // namespace

Id3Tag Id3Tag::Read(ByteSource& source) {
  Id3Tag tag;
  for (uint64_t offset = 0; const uint64_t bytes = Id3v2Bytes(source, offset); offset += bytes) {
    if (bytes > kMaxTagBytes) break;
    const std::string whole = ReadAll(source, offset, bytes);
    if (whole.size() >= kHeaderBytes) ReadOne(whole, tag);
  }
  std::stable_sort(
      tag.chapters.begin(), tag.chapters.end(),
      [](const Id3Chapter& a, const Id3Chapter& b) { return a.start_ms < b.start_ms; });
  return tag;
}

std::string Id3Tag::Text() const {
  std::string frames;
  AppendText("TIT2", title, frames);
  AppendText("TALB", album, frames);
  AppendText("TPE1", artist, frames);
  AppendText("TRCK", track, frames);
  if (length_ms) AppendText("TLEN", std::to_string(*length_ms), frames);
  for (const Id3Frame& other : others) frames += FrameText(other.id, other.body);
  if (!chapters.empty() && chapters.size() <= kMaxEntriesOfToc) {
    frames += TableOfContents(chapters.size());
  }
  for (size_t i = 0; i < chapters.size(); ++i) frames += ChapterFrame(chapters[i], i);
  std::string out("ID3\x03\0\0", 6);
  for (const int shift : {21, 14, 7, 0}) {
    out.push_back(static_cast<char>(frames.size() >> shift & 0x7f));
  }
  return out + frames;
}

}  // namespace audiodl
