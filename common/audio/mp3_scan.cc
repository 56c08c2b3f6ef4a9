// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/mp3_scan.h"

#include <cinttypes>
#include <cstdio>

#include "common/audio/audio_tags.h"

namespace audiodl {
namespace {

// The largest Layer III frame has 1441 bytes.
constexpr size_t kMaxFrameBytes = 2048;

constexpr uint32_t kXingFrames = 1;
constexpr uint32_t kXingBytes = 2;
constexpr uint32_t kXingToc = 4;
constexpr uint32_t kXingQuality = 8;
constexpr size_t kXingTocBytes = 100;
constexpr size_t kLameDelayOffset = 21;  // behind the encoder's name, whose version has nine bytes

constexpr size_t kVbriOffset = 36;  // whatever the side information's size
constexpr size_t kVbriFramesOffset = 14;

VbrHeader ParseXing(std::string_view body) {
  VbrHeader header;
  const uint32_t flags = BigEndian(body.substr(4, 4));
  size_t at = 8;
  if ((flags & kXingFrames) != 0) {
    if (body.size() >= at + 4) header.frames = BigEndian(body.substr(at, 4));
    at += 4;
  }
  if ((flags & kXingBytes) != 0) {
    if (body.size() >= at + 4) header.bytes = BigEndian(body.substr(at, 4));
    at += 4;
  }
  if ((flags & kXingToc) != 0) at += kXingTocBytes;
  if ((flags & kXingQuality) != 0) at += 4;
  // Of LAME's extension only what tells the gapless length. A name begins with a letter.
  if (body.size() >= at + kLameDelayOffset + 3 && body[at] >= 'A') {
    const uint32_t both = BigEndian(body.substr(at + kLameDelayOffset, 3));
    header.delay = both >> 12;
    header.padding = both & 0xfff;
  }
  return header;
}

std::optional<VbrHeader> ParseVbrHeader(const Mp3Header& header, std::string_view frame) {
  // Some encoders set the bit of a CRC and leave none room.
  for (const uint32_t offset : {header.side_info_offset(), 4U}) {
    const size_t at = offset + header.side_info_bytes();
    if (frame.size() < at + 8) continue;
    const std::string_view body = frame.substr(at);
    if (body.starts_with("Xing") || body.starts_with("Info")) return ParseXing(body);
  }
  if (frame.size() >= kVbriOffset + kVbriFramesOffset + 4) {
    const std::string_view body = frame.substr(kVbriOffset);
    if (body.starts_with("VBRI")) {
      VbrHeader vbri;
      vbri.frames = BigEndian(body.substr(kVbriFramesOffset, 4));
      return vbri;
    }
  }
  return std::nullopt;
}

class Scan {
 public:
  Scan(ByteSource& source, const FrameVisitor& visit) : source_(source), visit_(visit) {}

  Result<Mp3Facts> Run() {
    facts_.head_end = FindHeadEnd(source_);
    facts_.audio_end = FindTailBegin(source_, facts_.head_end);
    facts_.audio_begin = facts_.head_end;
    Status status = TakeHeaderFrame();
    for (offset_ = facts_.audio_begin; status.ok() && offset_ < facts_.audio_end;) {
      status = TakeFrame();
    }
    if (!source_.status().ok()) return source_.status();
    if (status.ok()) status = CompareWithHeader();
    if (!status.ok()) return status;
    if (facts_.frames == 0) return NoAudio();
    return std::move(facts_);
  }

 private:
  Status NoAudio() const {
    return Status(Code::kCorrupt, "there is no mp3 frame at byte " +
                                      std::to_string(facts_.head_end) + ", where audio must begin");
  }

  Status Broken(std::string_view what) const {
    if (facts_.frames == 0) return NoAudio();
    return Status(Code::kCorrupt,
                  "broken at " + FormatTime(TimeOfFrames(facts_.header, facts_.frames)) +
                      " (byte " + std::to_string(offset_) + "): " + std::string(what));
  }

  // The first frame may be no audio.
  Status TakeHeaderFrame() {
    const std::string_view bytes = source_.At(facts_.head_end, kMaxFrameBytes);
    const std::optional<Mp3Header> header = Mp3Header::Parse(bytes);
    if (!header) return NoAudio();
    facts_.header = *header;
    if (bytes.size() < header->bytes) return Status::Ok();  // TakeFrame() complains
    facts_.vbr_header = ParseVbrHeader(*header, bytes.substr(0, header->bytes));
    if (facts_.vbr_header) facts_.audio_begin += header->bytes;
    return Status::Ok();
  }

  Status TakeFrame() {
    const std::string_view bytes = source_.At(offset_, kMaxFrameBytes);
    const std::optional<Mp3Header> header = Mp3Header::Parse(bytes);
    if (!header) return WhatElse();
    if (!header->SameStream(facts_.header)) return Broken("a frame of another kind follows");
    if (offset_ + header->bytes > facts_.audio_end) {
      const uint64_t missing = offset_ + header->bytes - facts_.audio_end;
      return Broken("the file ends within a frame, of which " + std::to_string(missing) +
                    " bytes are missing");
    }
    if (facts_.frames == 0) facts_.header = *header;
    if (header->bitrate != facts_.header.bitrate) facts_.constant_bitrate = false;
    if (visit_) {
      const std::string_view frame = bytes.substr(0, header->bytes);
      visit_({.index = facts_.frames,
              .offset = offset_,
              .header = *header,
              .main_data_begin = MainDataBegin(*header, frame)},
             frame);
    }
    ++facts_.frames;
    offset_ += header->bytes;
    return Status::Ok();
  }

  Status WhatElse() {
    const std::string tag(TagAt(source_, offset_));
    if (!tag.empty()) {
      return Broken("a tag (" + tag +
                    ") stands between frames: files were joined together with their tags");
    }
    return Broken("what follows is no frame");
  }

  Status CompareWithHeader() {
    if (!facts_.vbr_header || !facts_.vbr_header->frames) return Status::Ok();
    const uint64_t told = *facts_.vbr_header->frames;
    // Zero is what an encoder leaves that could not go back to fill it in.
    if (told == facts_.frames || told == 0) return Status::Ok();
    // Some encoders count the header's own frame.
    const uint64_t bytes = facts_.audio_end - facts_.head_end;
    if (told == facts_.frames + 1 && facts_.vbr_header->bytes.value_or(0) <= bytes) {
      return Status::Ok();
    }
    const std::string whole = FormatTime(TimeOfFrames(facts_.header, told));
    if (told > facts_.frames) {
      return Broken("the file ends here, and should be " + whole + " long");
    }
    facts_.warning = "its first frame says that it is " + whole + " long, but it is " +
                     FormatTime(facts_.duration()) + ": players will show the wrong length";
    return Status::Ok();
  }

  ByteSource& source_;
  const FrameVisitor& visit_;
  Mp3Facts facts_;
  uint64_t offset_ = 0;
};

}  // namespace

std::chrono::milliseconds TimeOfFrames(const Mp3Header& header, uint64_t frames) {
  const uint64_t samples = frames * header.samples();
  return std::chrono::milliseconds((samples * 1000 + header.sample_rate / 2) / header.sample_rate);
}

std::chrono::milliseconds Mp3Facts::duration() const { return TimeOfFrames(header, frames); }

uint32_t Mp3Facts::bitrate() const {
  const uint64_t samples = frames * header.samples();
  if (samples == 0) return 0;
  return static_cast<uint32_t>((audio_end - audio_begin) * 8 * header.sample_rate / samples);
}

std::string FormatTime(std::chrono::milliseconds time) {
  const auto ms = static_cast<uint64_t>(time.count());
  const uint64_t hours = ms / 3600000;
  const uint64_t minutes = ms / 60000 % 60;
  char text[48];
  if (hours > 0) {
    (void)std::snprintf(text, sizeof text, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%03" PRIu64,
                        hours, minutes, ms / 1000 % 60, ms % 1000);
  } else {
    (void)std::snprintf(text, sizeof text, "%" PRIu64 ":%02" PRIu64 ".%03" PRIu64, minutes,
                        ms / 1000 % 60, ms % 1000);
  }
  return text;
}

Result<Mp3Facts> ScanMp3(ByteSource& source, const FrameVisitor& visit) {
  return Scan(source, visit).Run();
}

}  // namespace audiodl
